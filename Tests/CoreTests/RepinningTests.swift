import Core
import Testing

struct RepinningTests {
    private static func tasks(_ names: [String], mapped: Set<String> = []) -> [TaskDefinition] {
        names.map { name in
            var task = TaskDefinition(id: name)
            if mapped.contains(name) { task.mapping = .list(.elements([.value(.null)])) }
            return task
        }
    }

    private static func row(_ task: String, _ index: Int = InstanceKey.whole, attempts: Bool = true) -> Repinning.Row {
        Repinning.Row(task: task, mapIndex: index, hasAttempts: attempts)
    }

    private static func place(_ task: Int, _ state: TaskState, _ index: Int = InstanceKey.whole) -> Repinning.Placement
    {
        Repinning.Placement(key: InstanceKey(task: task, mapIndex: index), state: state)
    }

    @Test func `rows follow the names of their tasks, and what is in no version stands outside`() throws {
        let rows = [Self.row("extract"), Self.row("old"), Self.row("load"), Self.row("audit")]
        let repinning = try Repinning(rows, to: Self.tasks(["check", "load", "extract"]))
        #expect(
            repinning.placements == [
                Self.place(2, .waiting), Self.place(-2, .removed), Self.place(1, .waiting), Self.place(-1, .removed),
            ]
        )
        #expect(repinning.added == [0])
    }

    @Test func `instances of a mapped task are removed, and it waits as a whole`() throws {
        let rows = [Self.row("clean", 0), Self.row("clean", 1)]
        let repinning = try Repinning(rows, to: Self.tasks(["clean"], mapped: ["clean"]))
        #expect(repinning.placements == [Self.place(0, .removed, 0), Self.place(0, .removed, 1)])
        #expect(repinning.added == [0])
    }

    @Test func `a task that ran as one cannot become mapped, for its attempts would be lost`() throws {
        let mapped = Self.tasks(["clean"], mapped: ["clean"])
        #expect(throws: RepinningError.becameMapped("clean")) { try Repinning([Self.row("clean")], to: mapped) }
        let idle = try Repinning([Self.row("clean", attempts: false)], to: mapped)
        #expect(idle.placements == [Self.place(0, .waiting)])
        #expect(idle.added.isEmpty)
    }

    @Test func `places are unique and stay so when a run moves again and again`() throws {
        var rows = [Self.row("a"), Self.row("b"), Self.row("c"), Self.row("c", 0), Self.row("c", 1)]
        for names in [["c"], ["b", "d"], ["a", "b", "c", "d"], []] {
            let repinning = try Repinning(rows, to: Self.tasks(names))
            #expect(Set(repinning.placements.map(\.key)).count == rows.count)
            #expect(repinning.placements.count { $0.state == .waiting } + repinning.added.count == names.count)
            rows += repinning.added.map { Self.row(names[$0]) }
        }
        #expect(rows.count == 6)
    }

    @Test func `the difference names what is new, other, gone and the same`() {
        var changed = Self.tasks(["extract", "load", "notify"])
        changed[1].retries.limit = 3
        let difference = DAGDifference(from: Self.tasks(["extract", "audit", "load"]), to: changed)
        #expect(
            difference.items.map { "\($0.task) \($0.change.rawValue)" } == [
                "extract same", "load changed", "notify added", "audit removed",
            ]
        )
        #expect(difference.count(.added) == 1)
    }
}
