import Core
import Testing

struct CascadeTests {
    private typealias Decision = Cascade.Decision

    private static func task(
        _ id: String,
        needs: [String] = [],
        _ change: (inout TaskDefinition) throws -> Void
    ) rethrows -> TaskDefinition {
        var task = TaskDefinition(id: id, needs: needs, action: .run(script: "true"))
        try change(&task)
        return task
    }

    private static func task(_ id: String, needs: [String]) -> TaskDefinition {
        TaskDefinition(id: id, needs: needs, action: .run(script: "true"))
    }

    private static func list(_ count: Int) -> Mapping {
        .list(.elements((0..<count).map { .value(.number(String($0))) }))
    }

    /// A cascade over a whole run that begins.
    private static func begun(_ tasks: [TaskDefinition]) throws -> Cascade {
        var cascade = Cascade(
            tasks: tasks,
            topology: try Topology(tasks),
            waiting: Dictionary(
                uniqueKeysWithValues: tasks.indices.map {
                    (InstanceKey(task: $0), UpstreamCounts(total: tasks[$0].needs.count))
                }
            ),
            isComplete: true
        )
        cascade.judgeAll()
        return cascade
    }

    private static func settle(_ cascade: inout Cascade, _ items: Cascade.Items) -> [Decision] {
        cascade.settle({ _, _ in .holds }, items: { _ in items })
    }

    private static func key(_ task: Int, _ index: Int = InstanceKey.whole) -> InstanceKey {
        InstanceKey(task: task, mapIndex: index)
    }

    @Test func `a mapped task becomes one instance for each item, and what comes after needs them all`() throws {
        let tasks = [
            Self.task("clean") { $0.mapping = Self.list(2) }, Self.task("load", needs: ["clean"]),
        ]
        var cascade = try Self.begun(tasks)
        let items: [JSONValue] = [.string("a"), .string("b")]
        #expect(
            Self.settle(&cascade, .list(items)) == [
                .expand(task: 0, items: items), .queue(Self.key(0, 0)), .queue(Self.key(0, 1)),
            ]
        )
        #expect(cascade.waiting[Self.key(1)]?.total == 2)
        cascade.record([(Self.key(0, 0), .success)])
        #expect(Self.settle(&cascade, .list([])) == [])
        cascade.record([(Self.key(0, 1), .success)])
        #expect(Self.settle(&cascade, .list([])) == [.queue(Self.key(1))])
        #expect(cascade.deltas[Cascade.Target(task: 1, mapIndex: nil)]?.total == 1)
        #expect(cascade.deltas[Cascade.Target(task: 1, mapIndex: nil)]?.success == 2)
    }

    @Test func `a task that is same_as another is expanded with it, and each instance needs its own counterpart`()
        throws
    {
        let tasks = [
            Self.task("clean") { $0.mapping = Self.list(2) },
            Self.task("check", needs: ["clean"]) { $0.mapping = .counterpart(task: "clean") },
            Self.task("load", needs: ["check"]),
        ]
        var cascade = try Self.begun(tasks)
        let items: [JSONValue] = [.null, .null, .null]
        let first = Self.settle(&cascade, .list(items))
        #expect(first.contains(.expand(task: 1, items: items)))
        #expect(!first.contains(.queue(Self.key(1, 0))))
        cascade.record([(Self.key(0, 1), .success)])
        #expect(Self.settle(&cascade, .list([])) == [.queue(Self.key(1, 1))])
        cascade.record([(Self.key(0, 2), .failed)])
        #expect(
            Self.settle(&cascade, .list([]))
                == [
                    .end(Self.key(1, 2), .upstreamFailed, reason: nil), .end(Self.key(2), .upstreamFailed, reason: nil),
                ]
        )
        #expect(cascade.waiting[Self.key(1, 0)]?.done == 0)
    }

    @Test(arguments: [
        (Cascade.Items.list([]), TaskState.skipped, "no_items", TaskState.skipped),
        (.broken("it is no list"), .failed, "it is no list", .upstreamFailed),
    ])
    func `without items a task is skipped, without a list it fails`(
        items: Cascade.Items,
        state: TaskState,
        reason: String,
        after: TaskState
    ) throws {
        let tasks = [
            Self.task("clean") { $0.mapping = Self.list(0) },
            Self.task("check", needs: ["clean"]) { $0.mapping = .counterpart(task: "clean") },
        ]
        var cascade = try Self.begun(tasks)
        let decisions = Self.settle(&cascade, items)
        #expect(decisions.first == .end(Self.key(0), state, reason: reason))
        guard case .end(Self.key(1), after, _) = decisions.last else {
            Issue.record("the task that follows it ends otherwise: \(decisions)")
            return
        }
    }

    @Test func `a task that follows one without items has none either, whatever its rule`() throws {
        for rule in [TriggerRule.always, .allDone] {
            let tasks = [
                Self.task("clean") { $0.mapping = Self.list(0) },
                Self.task("check", needs: ["clean"]) {
                    $0.mapping = .counterpart(task: "clean")
                    $0.triggerRule = rule
                },
            ]
            var cascade = try Self.begun(tasks)
            #expect(
                Self.settle(&cascade, .list([])) == [
                    .end(Self.key(0), .skipped, reason: "no_items"), .end(Self.key(1), .skipped, reason: "no_items"),
                ]
            )
        }
    }

    @Test func `when is judged for each instance with its own item`() throws {
        let scope = { () -> ReferenceScope in
            var scope = ReferenceScope(params: [:]) { _ in .utc }
            scope.taskID = "clean"
            scope.item = .unknown
            return scope
        }()
        let tasks = [
            try Self.task("clean") {
                $0.mapping = Self.list(3)
                $0.condition = try Expression(parsing: "item > 1", in: scope)
            }
        ]
        var cascade = try Self.begun(tasks)
        let decisions = cascade.settle(
            { _, item in item == .number("1") ? .doesNotHold : .holds },
            items: { _ in .list([.number("0"), .number("1"), .number("2")]) }
        )
        #expect(
            decisions.dropFirst() == [
                .queue(Self.key(0, 0)), .end(Self.key(0, 1), .skipped, reason: "when"), .queue(Self.key(0, 2)),
            ]
        )
    }

    @Test func `nothing is expanded before all that waits is known`() throws {
        let tasks = [Self.task("clean") { $0.mapping = Self.list(1) }]
        var cascade = Cascade(
            tasks: tasks,
            topology: try Topology(tasks),
            waiting: [Self.key(0): UpstreamCounts(total: 0)],
            isComplete: false
        )
        cascade.judgeAll()
        #expect(Self.settle(&cascade, .list([.null])) == [])
        #expect(cascade.needsAll)
    }

    @Test func `ten thousand instances that end at once are counted at once`() throws {
        let tasks = [
            Self.task("clean") {
                $0.mapping = Self.list(1)
                $0.action = .join
            },
            Self.task("check", needs: ["clean"]) {
                $0.mapping = .counterpart(task: "clean")
                $0.action = .join
            },
            Self.task("load", needs: ["clean", "check"]),
        ]
        var cascade = try Self.begun(tasks)
        let decisions = Self.settle(&cascade, .list(Array(repeating: .null, count: 10_000)))
        #expect(decisions.count == 20_003)
        #expect(decisions.last == .queue(Self.key(2)))
    }

    @Test(arguments: [(3, 0, [4, 7, 9], [4, 7, 9], [Int]()), (3, 2, [4, 7, 9], [4], [7, 9]), (1, 5, [0], [], [0])])
    func `max_parallel lets the first start and holds the others`(
        limit: Int,
        underWay: Int,
        ready: [Int],
        start: [Int],
        hold: [Int]
    ) {
        let decision = decide(ParallelStarts(limit: limit, underWay: underWay, ready: ready))
        #expect(Array(decision.start) == start)
        #expect(Array(decision.hold) == hold)
    }
}
