import Core
import Testing

/// Which runner takes a task.
struct ChoiceTests {
    private static let now = Timestamp(seconds: 1_800_000_000)

    private static func candidate(
        _ id: Int,
        slots: Int = 1,
        priority: Int = 0,
        pool: String? = "p",
        waited: Duration = .zero
    ) -> ClaimSnapshot.Candidate {
        ClaimSnapshot.Candidate(
            id: id,
            dag: 1,
            pool: pool,
            slots: slots,
            priority: priority,
            queuedAt: now - waited
        )
    }

    private static func snapshot(
        _ candidates: [ClaimSnapshot.Candidate],
        free: Int,
        of total: Int,
        peers: [PlacementPeer] = [],
        _ placement: Placement? = nil
    ) -> ClaimSnapshot {
        var snapshot = ClaimSnapshot(
            now: now,
            candidates: candidates,
            freeSlots: free,
            totalSlots: total,
            freePoolSlots: ["p": 100],
            totalPoolSlots: ["p": 100],
            freeDAGTasks: [:]
        )
        snapshot.runner = "b"
        snapshot.peers = [PlacementPeer(name: "b", labels: [], totalSlots: total, freeSlots: free)] + peers
        if let placement { snapshot.placements = ["p": placement] }
        return snapshot
    }

    private static func claimed(_ snapshot: ClaimSnapshot) -> [Int] {
        decide(snapshot).compactMap { if case .claim(let id) = $0 { id } else { nil } }
    }

    @Test func `reserved slots are for important tasks alone, which may take the others as well`() {
        var snapshot = Self.snapshot(
            [Self.candidate(1), Self.candidate(2), Self.candidate(3, priority: 90), Self.candidate(4, priority: 80)],
            free: 4,
            of: 4
        )
        snapshot.reserved = ReservedSlots(slots: 3, priority: 80)
        let decisions = decide(snapshot)
        #expect(Set(Self.claimed(snapshot)).isSuperset(of: [3, 4]))
        #expect(Self.claimed(snapshot).count == 3)
        #expect(decisions.contains(.hold(2, .runnerFull)) || decisions.contains(.hold(1, .runnerFull)))
        snapshot.ordinarySlotsInUse = 1
        snapshot.freeSlots = 3
        #expect(Self.claimed(snapshot).sorted() == [3, 4])
    }

    @Test func `a task that only the reserved slots would fit is too large`() {
        var snapshot = Self.snapshot([Self.candidate(1, slots: 3)], free: 4, of: 4)
        snapshot.reserved = ReservedSlots(slots: 2, priority: 80)
        #expect(decide(snapshot) == [.hold(1, .tooLarge(slots: 3, of: 2))])
        snapshot.candidates[0].priority = 80
        #expect(decide(snapshot) == [.claim(1)])
    }

    @Test func `a task that is too large keeps no other of its DAG from being seen`() {
        #expect(!ClaimHold.tooLarge(slots: 9, of: 4).isAboutTheDAG)
    }

    @Test func `the least loaded runner takes a task, and each counts what the others will take`() {
        let peers = [
            PlacementPeer(name: "a", labels: [], totalSlots: 4, freeSlots: 4),
            PlacementPeer(name: "c", labels: [], totalSlots: 8, freeSlots: 2),
        ]
        let four = (1...4).map { Self.candidate($0) }
        #expect(Self.claimed(Self.snapshot(four, free: 4, of: 4, peers: peers, .leastLoaded)) == [2, 4])
        #expect(Self.claimed(Self.snapshot(four, free: 2, of: 4, peers: peers, .leastLoaded)) == [4])
    }

    @Test func `tasks are packed where fewest slots are free that still fit`() {
        let peers = [PlacementPeer(name: "a", labels: [], totalSlots: 4, freeSlots: 2)]
        let tasks = [Self.candidate(1), Self.candidate(2, slots: 2), Self.candidate(3)]
        #expect(Self.claimed(Self.snapshot(tasks, free: 4, of: 4, peers: peers, .packed)) == [2])
    }

    @Test func `runners take turns by name`() {
        let peers = [
            PlacementPeer(name: "a", labels: [], totalSlots: 4, freeSlots: 4),
            PlacementPeer(name: "c", labels: ["x"], totalSlots: 4, freeSlots: 4),
        ]
        var snapshot = Self.snapshot((1...6).map { Self.candidate($0) }, free: 4, of: 4, peers: peers, .roundRobin)
        #expect(Self.claimed(snapshot) == [2, 5])
        snapshot.lastRunners = ["p": "a"]
        #expect(Self.claimed(snapshot) == [1, 4])
        for index in snapshot.candidates.indices { snapshot.candidates[index].labels = ["x"] }
        #expect(Self.claimed(snapshot) == [5, 6], "c has four slots and is the only one with that label")
    }

    @Test func `what its runner does not take for some seconds goes to whoever comes`() {
        let peers = [PlacementPeer(name: "a", labels: [], totalSlots: 4, freeSlots: 4)]
        let tasks = [Self.candidate(1), Self.candidate(2, waited: .seconds(5))]
        #expect(Self.claimed(Self.snapshot(tasks, free: 1, of: 4, peers: peers, .leastLoaded)) == [2])
    }

    @Test func `a busy host takes nothing more until its figures have fallen well below the limit`() {
        let limits = LoadLimits(load: 2, memoryFree: 0.2, measure: 100)
        #expect(decide(RunnerLoad(load: 2), limits, wasBusy: false) == nil)
        let reason = decide(RunnerLoad(load: 2.25), limits, wasBusy: false)
        #expect(reason == "its load is 2.25 for each processor, of at most 2")
        #expect(decide(RunnerLoad(load: 1.9), limits, wasBusy: true) != nil)
        #expect(decide(RunnerLoad(load: 1.7), limits, wasBusy: true) == nil)
        let memory = decide(RunnerLoad(memoryFree: 0.1), limits, wasBusy: false)
        #expect(memory == "10% of its memory is free, of at least 20%")
        #expect(decide(RunnerLoad(memoryFree: 0.21), limits, wasBusy: true) != nil)
        #expect(decide(RunnerLoad(memoryFree: 0.21), limits, wasBusy: false) == nil)
        #expect(decide(RunnerLoad(measure: 101), limits, wasBusy: false)?.contains("own measure is 101") == true)
        #expect(decide(RunnerLoad(load: 50), LoadLimits(), wasBusy: false) == nil)
        #expect(decide(RunnerLoad(), limits, wasBusy: true) == nil, "what is not told is no reason")
    }

    @Test func `a task that has waited for its grace is missed`() {
        let waits = [
            GracedWait(id: 1, queuedAt: Self.now - .seconds(60), grace: .seconds(60)),
            GracedWait(id: 2, queuedAt: Self.now - .seconds(59), grace: .seconds(60)),
        ]
        #expect(decide(waits, now: Self.now) == [1])
    }
}
