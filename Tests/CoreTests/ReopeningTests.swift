import Core
import Testing

struct ReopeningTests {
    private static func reopening() throws -> Reopening {
        try reopening([
            key(0): .success, key(1, 0): .success, key(1, 1): .failed, key(2, 0): .success, key(2, 1): .upstreamFailed,
            key(3): .upstreamFailed,
        ])
    }

    /// `extract`, `clean` with two instances, `check` that follows it, and `load` that needs every `check`.
    private static func reopening(_ states: [InstanceKey: TaskState]) throws -> Reopening {
        var tasks = [
            TaskDefinition(id: "extract"), TaskDefinition(id: "clean", needs: ["extract"]),
            TaskDefinition(id: "check", needs: ["clean"]), TaskDefinition(id: "load", needs: ["check"]),
        ]
        tasks[1].mapping = .list(.elements([.value(.null), .value(.null)]))
        tasks[2].mapping = .counterpart(task: "clean")
        return Reopening(tasks: tasks, topology: try Topology(tasks), states: states)
    }

    private static func key(_ task: Int, _ index: Int = InstanceKey.whole) -> InstanceKey {
        InstanceKey(task: task, mapIndex: index)
    }

    @Test func `an instance that follows another counts its counterpart only`() throws {
        let counts = try Self.reopening().counts
        #expect(counts[Self.key(1, 0)]?.total == 1)
        #expect(counts[Self.key(2, 0)]?.success == 1)
        #expect(counts[Self.key(2, 0)]?.total == 1)
        #expect(counts[Self.key(2, 1)]?.failed == 1)
        #expect(counts[Self.key(3)]?.total == 2)
    }

    @Test func `marking one instance frees its counterpart and what needs all`() throws {
        var reopening = try Self.reopening()
        reopening.mark(Self.key(1, 1), .success)
        reopening.resetBlocked(downstreamOf: [Self.key(1, 1)]) { _ in false }
        #expect(reopening.states[Self.key(2, 0)] == .success)
        #expect(reopening.states[Self.key(2, 1)] == .waiting)
        #expect(reopening.states[Self.key(3)] == .waiting)
        #expect(reopening.failures == 0)
        #expect(reopening.unfinished == 2)
    }

    @Test func `what is due for a retry waits again when what it needs begins anew`() throws {
        var reopening = try Self.reopening([
            Self.key(0): .success, Self.key(1, 0): .upForRetry, Self.key(1, 1): .success, Self.key(2, 0): .waiting,
            Self.key(2, 1): .success, Self.key(3): .waiting,
        ])
        reopening.reset(Self.key(0))
        reopening.withdrawQueued { _ in false }
        #expect(reopening.states[Self.key(1, 0)] == .waiting)
        #expect(reopening.states[Self.key(1, 1)] == .success)
    }

    @Test func `a task that would follow instances waits as a whole once those are withdrawn`() throws {
        var reopening = try Self.reopening([
            Self.key(0): .success, Self.key(1, 0): .queued, Self.key(1, 1): .queued, Self.key(2): .skipped,
            Self.key(3): .skipped,
        ])
        reopening.reset(Self.key(0))
        reopening.reset(Self.key(2))
        #expect(reopening.following == [2])
        reopening.withdrawQueued { _ in false }
        #expect(reopening.collapsed == [1, 2])
        #expect(reopening.following == [])
        #expect(reopening.states[Self.key(2)] == .waiting)
        #expect(reopening.total == 4)
    }

    @Test func `a task that is collapsed waits as a whole, and its instances count for nothing`() throws {
        var reopening = try Self.reopening()
        reopening.collapse(1)
        reopening.collapse(2)
        reopening.reset(Self.key(3))
        #expect(reopening.total == 4)
        #expect(reopening.unfinished == 3)
        #expect(reopening.failures == 0)
        #expect(reopening.states[Self.key(1, 0)] == .removed)
        #expect(reopening.counts[Self.key(2)]?.total == 1)
        #expect(reopening.counts[Self.key(3)]?.total == 1)
        #expect(reopening.counts[Self.key(1, 0)] == nil)
    }

    @Test func `a task that ended before there were instances to follow gets its own`() throws {
        var reopening = try Self.reopening([
            Self.key(0): .success, Self.key(1, 0): .success, Self.key(1, 1): .running, Self.key(2): .cancelled,
            Self.key(3): .upstreamFailed,
        ])
        reopening.reset(Self.key(2))
        #expect(reopening.following == [2])
        #expect(reopening.states[Self.key(2)] == nil)
        #expect(reopening.states[Self.key(2, 1)] == .waiting)
        #expect(reopening.counts[Self.key(2, 1)]?.total == 1)
        #expect(reopening.counts[Self.key(3)]?.total == 2)
    }
}
