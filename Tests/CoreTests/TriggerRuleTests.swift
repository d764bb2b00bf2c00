import Core
import Testing

struct TriggerRuleTests {
    /// A case of `trigger_rules.jsonl`.
    struct Case: Sendable, CustomTestStringConvertible {
        var line: Int
        var tasks: [(definition: TaskDefinition, outcome: String)]
        var states: [String: String]

        var testDescription: String { "line \(line)" }
    }

    @Test(arguments: try Fixture.lines("trigger_rules.jsonl").enumerated().map { try Case($0 + 1, $1) })
    func `every task ends as Airflow ended it`(_ example: Case) throws {
        let definitions = example.tasks.map(\.definition)
        let topology = try Topology(definitions)
        let counts = definitions.enumerated().map { position, definition in
            (InstanceKey(task: position), UpstreamCounts(total: definition.needs.count))
        }
        var cascade = Cascade(
            tasks: definitions,
            topology: topology,
            waiting: Dictionary(uniqueKeysWithValues: counts),
            isComplete: true
        )
        cascade.judgeAll()
        var states: [String: String] = [:]
        var queue: [Int] = []
        while true {
            for decision in cascade.settle({ _, _ in .holds }, items: { _ in .list([]) }) {
                switch decision {
                case .queue(let key): queue.append(key.task)
                case .end(let key, let state, _): states[definitions[key.task].id] = state.rawValue
                case .expand: Issue.record("no task is mapped")
                }
            }
            guard !queue.isEmpty else { break }
            let task = queue.removeFirst()
            let outcome = example.tasks[task].outcome
            states[definitions[task].id] = outcome
            let state = try #require(TaskState(rawValue: outcome))
            let end = try #require(Outcome(state, allowsFailure: false))
            cascade.record([(key: InstanceKey(task: task), outcome: end)])
        }
        #expect(states == example.states)
        #expect(cascade.waiting.isEmpty, "every task ends")
    }

    @Test(arguments: TriggerRule.allCases)
    func `a rule decides once everything upstream has ended`(_ rule: TriggerRule) {
        for success in 0...2 {
            for failed in 0...2 {
                for skipped in 0...2 where success + failed + skipped > 0 {
                    var counts = UpstreamCounts(total: success + failed + skipped)
                    counts.count(.success, times: success)
                    counts.count(.failed, times: failed)
                    counts.count(.skipped, times: skipped)
                    #expect(rule.verdict(counts) != .wait)
                }
            }
        }
    }

    @Test(arguments: TriggerRule.allCases)
    func `a task without upstream tasks may start under every rule`(_ rule: TriggerRule) {
        #expect(rule.verdict(UpstreamCounts(total: 0)) == .start)
    }

    @Test func `cancelled counts as failed and removed as skipped`() {
        var counts = UpstreamCounts(total: 1)
        counts.count(.cancelled)
        #expect(TriggerRule.allSuccess.verdict(counts) == .upstreamFailed)
        counts = UpstreamCounts(total: 1)
        counts.count(.removed)
        #expect(TriggerRule.allSuccess.verdict(counts) == .skip)
    }
}

extension TriggerRuleTests.Case {
    init(_ line: Int, _ text: String) throws {
        let document = try #require(JSONValue(parsing: text))
        self.line = line
        tasks = try Self.elements(document["tasks"]).map { task in
            var definition = TaskDefinition(
                id: try Self.text(task["id"]),
                needs: try Self.elements(task["needs"]).map { try Self.text($0) },
                action: .run(script: "true")
            )
            definition.triggerRule = try #require(TriggerRule(rawValue: try Self.text(task["rule"])))
            return (definition, try Self.text(task["outcome"]))
        }
        guard case .object(let members)? = document["states"] else { throw Fixture.Malformed(line: line) }
        states = Dictionary(uniqueKeysWithValues: try members.map { ($0.name, try Self.text($0.value)) })
    }

    private static func elements(_ value: JSONValue?) throws -> [JSONValue] {
        guard case .array(let elements)? = value else { throw Fixture.Malformed(line: 0) }
        return elements
    }

    private static func text(_ value: JSONValue?) throws -> String {
        guard case .string(let text)? = value else { throw Fixture.Malformed(line: 0) }
        return text
    }
}
