import Core
import Testing

/// Properties of the order in which queued tasks are taken, over many made-up queues.
struct QueueOrderTests {
    private static let now = Timestamp(seconds: 1_800_000_000)
    private static let seeds = Array(UInt64(1)...60)

    /// A queue made up from a seed, in which everything fits.
    private static func queue(_ seed: UInt64, order: QueueOrder, dags: Int = 5, size: Int = 60) -> ClaimSnapshot {
        var random = SplitMix64(seed: seed)
        let candidates = (0..<size).map { id in
            ClaimSnapshot.Candidate(
                id: id,
                dag: Int.random(in: 1...dags, using: &random),
                pool: "p",
                slots: 1,
                priority: Int.random(in: -3...3, using: &random),
                queuedAt: now - .seconds(Int.random(in: 0...4_000, using: &random)),
                deadline: Bool.random(using: &random)
                    ? now + .seconds(Int.random(in: -500...90_000, using: &random)) : nil,
                usualDuration: Bool.random(using: &random) ? .seconds(Int.random(in: 1...5_000, using: &random)) : nil,
                usualPath: Bool.random(using: &random) ? .seconds(Int.random(in: 1...5_000, using: &random)) : nil
            )
        }
        var snapshot = ClaimSnapshot(
            now: now,
            candidates: candidates,
            freeSlots: size,
            totalSlots: size,
            freePoolSlots: ["p": size],
            totalPoolSlots: ["p": size],
            freeDAGTasks: [:]
        )
        snapshot.orders = ["p": order]
        return snapshot
    }

    private static func taken(_ decisions: [ClaimDecision]) -> [Int] {
        decisions.compactMap { if case .claim(let id) = $0 { id } else { nil } }
    }

    @Test(arguments: QueueOrder.allCases, seeds)
    func `everyone gets one decision, and the order given plays no part`(_ order: QueueOrder, _ seed: UInt64) {
        var snapshot = Self.queue(seed, order: order)
        let decisions = decide(snapshot)
        #expect(Set(Self.taken(decisions)) == Set(0..<60))
        #expect(decisions.count == 60)
        var random = SplitMix64(seed: seed)
        snapshot.candidates.shuffle(using: &random)
        #expect(decide(snapshot) == decisions)
    }

    @Test(arguments: QueueOrder.allCases.filter { $0 != .fair }, seeds)
    func `every order but fair is one instant for each task`(_ order: QueueOrder, _ seed: UInt64) {
        let snapshot = Self.queue(seed, order: order)
        let byID = Dictionary(uniqueKeysWithValues: snapshot.candidates.map { ($0.id, $0) })
        let places = Self.taken(decide(snapshot)).compactMap { byID[$0].map { order.place(of: $0) } }
        #expect(places == places.sorted())
    }

    @Test(arguments: QueueOrder.allCases, seeds)
    func `who waits longer and is alike otherwise goes first`(_ order: QueueOrder, _ seed: UInt64) {
        var snapshot = Self.queue(seed, order: order)
        var older = snapshot.candidates[0]
        older.id = 1_000
        older.queuedAt = older.queuedAt - .seconds(7)
        snapshot.candidates.append(older)
        snapshot.freePoolSlots["p"] = 61
        snapshot.freeSlots = 61
        let taken = Self.taken(decide(snapshot))
        let (first, second) = (taken.firstIndex(of: 1_000), taken.firstIndex(of: 0))
        #expect(first.flatMap { first in second.map { first < $0 } } == true)
    }

    @Test(arguments: seeds)
    func `DAGs of one priority take turns, however long the queue of one is`(_ seed: UInt64) {
        var snapshot = Self.queue(seed, order: .fair, dags: 3)
        for index in snapshot.candidates.indices {
            snapshot.candidates[index].priority = 0
            snapshot.candidates[index].queuedAt = Self.now - .seconds(index % 50)
        }
        let byID = Dictionary(uniqueKeysWithValues: snapshot.candidates.map { ($0.id, $0.dag) })
        var counts: [Int: Int] = [:]
        var left = Dictionary(grouping: byID.values, by: { $0 }).mapValues(\.count)
        for id in Self.taken(decide(snapshot)) {
            let dag = byID[id] ?? 0
            counts[dag, default: 0] += 1
            left[dag, default: 0] -= 1
            let waiting = left.filter { $0.value > 0 }.keys
            let most = counts.values.max() ?? 0
            #expect(waiting.allSatisfy { most - (counts[$0] ?? 0) <= 1 })
        }
    }

    @Test(arguments: QueueOrder.allCases)
    func `nothing starves although what goes before it never ends`(_ order: QueueOrder) {
        var memory: [Int: Timestamp] = [:]
        let lone = ClaimSnapshot.Candidate(
            id: -1,
            dag: 1,
            pool: "p",
            slots: 1,
            priority: 0,
            queuedAt: Self.now,
            usualDuration: .seconds(600)
        )
        // One slot comes free every ten seconds, and a rival that this order likes better is queued each time.
        for step in 1...10_000 {
            let now = Self.now + .seconds(step * 10)
            let rivals = (0..<5).map { number in
                ClaimSnapshot.Candidate(
                    id: step * 10 + number,
                    dag: 2,
                    pool: "p",
                    slots: 1,
                    priority: 20,
                    queuedAt: now - .seconds(number),
                    deadline: now + .seconds(60),
                    usualDuration: .seconds(1),
                    usualPath: .seconds(3_600)
                )
            }
            var snapshot = ClaimSnapshot(
                now: now,
                candidates: rivals + [lone],
                freeSlots: 1,
                totalSlots: 4,
                freePoolSlots: ["p": 1],
                totalPoolSlots: ["p": 1],
                freeDAGTasks: [:]
            )
            snapshot.orders = ["p": order]
            snapshot.lastServed = memory
            let taken = Self.taken(decide(snapshot))
            #expect(taken.count == 1)
            if taken == [-1] { return }
            memory[2] = now
        }
        Issue.record("it waited for more than a day")
    }

    @Test func `a task that wants many slots gets them in the end`() {
        func snapshot(waited: Int) -> ClaimSnapshot {
            ClaimSnapshot(
                now: Self.now,
                candidates: [
                    .init(id: 1, dag: 1, pool: "p", slots: 3, queuedAt: Self.now - .seconds(waited)),
                    .init(id: 2, dag: 2, pool: "p", slots: 1, queuedAt: Self.now),
                    .init(id: 3, dag: 3, pool: nil, slots: 1, queuedAt: Self.now),
                ],
                freeSlots: 8,
                totalSlots: 8,
                freePoolSlots: ["p": 2],
                totalPoolSlots: ["p": 4],
                freeDAGTasks: [:]
            )
        }
        #expect(Set(Self.taken(decide(snapshot(waited: 10)))) == [2, 3], "smaller ones may pass for a while")
        let decisions = decide(snapshot(waited: 90))
        #expect(Self.taken(decisions) == [3], "then slots are kept for it")
        #expect(decisions.contains(.hold(2, .poolKept("p", for: 1))), "which is said")
    }

    @Test func `slots that are kept on a runner leave those that are reserved to important tasks`() {
        var snapshot = ClaimSnapshot(
            now: Self.now,
            candidates: [
                .init(id: 1, dag: 1, pool: nil, slots: 4, queuedAt: Self.now - .seconds(700)),
                .init(id: 2, dag: 2, pool: nil, slots: 1, queuedAt: Self.now),
                .init(id: 3, dag: 3, pool: nil, slots: 2, priority: 9, queuedAt: Self.now - .seconds(1)),
                .init(id: 4, dag: 4, pool: nil, slots: 1, priority: 9, queuedAt: Self.now),
            ],
            freeSlots: 5,
            totalSlots: 8,
            freePoolSlots: [:],
            totalPoolSlots: [:],
            freeDAGTasks: [:]
        )
        snapshot.reserved = ReservedSlots(slots: 2, priority: 9)
        snapshot.ordinarySlotsInUse = 3
        let decisions = decide(snapshot)
        #expect(decisions.contains(.hold(1, .runnerFull)))
        #expect(decisions.contains(.hold(2, .runnerKept(for: 1))))
        #expect(Self.taken(decisions) == [3], "what is reserved suffices for one of the two")
        #expect(decisions.contains(.hold(4, .runnerKept(for: 1))))
    }

    @Test func `slots are not kept for what a pool can never hold`() {
        let snapshot = ClaimSnapshot(
            now: Self.now,
            candidates: [
                .init(id: 1, dag: 1, pool: "p", slots: 9, queuedAt: Self.now - .seconds(900)),
                .init(id: 2, dag: 2, pool: "p", slots: 1, queuedAt: Self.now),
            ],
            freeSlots: 16,
            totalSlots: 16,
            freePoolSlots: ["p": 4],
            totalPoolSlots: ["p": 4],
            freeDAGTasks: [:]
        )
        #expect(decide(snapshot) == [.hold(1, .poolTooSmall("p")), .claim(2)])
    }

    @Test(arguments: seeds)
    func `no limit is ever exceeded`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var snapshot = Self.queue(seed, order: QueueOrder.allCases[Int(seed) % 6])
        for index in snapshot.candidates.indices {
            snapshot.candidates[index].slots = Int.random(in: 1...4, using: &random)
            snapshot.candidates[index].pool = [nil, "p", "q", "unknown"][Int.random(in: 0...3, using: &random)]
        }
        snapshot.freePoolSlots = ["p": 7, "q": 0]
        snapshot.freeSlots = 20
        snapshot.freeDAGTasks = [1: 0, 2: 3]
        let byID = Dictionary(uniqueKeysWithValues: snapshot.candidates.map { ($0.id, $0) })
        let taken = Self.taken(decide(snapshot)).compactMap { byID[$0] }
        #expect(taken.map(\.slots).reduce(0, +) <= 20)
        #expect(taken.filter { $0.pool == "p" }.map(\.slots).reduce(0, +) <= 7)
        #expect(!taken.contains { $0.pool == "q" || $0.pool == "unknown" || $0.dag == 1 })
        #expect(taken.filter { $0.dag == 2 }.count <= 3)
    }
}
