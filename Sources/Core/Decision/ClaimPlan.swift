/// The facts from which it is decided which queued tasks one runner takes.
package struct ClaimSnapshot: Sendable {
    /// A queued task instance that fits the runner.
    package struct Candidate: Hashable, Sendable {
        package var id: Int
        package var dag: Int
        package var pool: String?
        package var slots: Int
        package var priority: Int
        package var queuedAt: Timestamp
        /// By when its run is to have started or ended; nil: it has no deadline.
        package var deadline: Timestamp?
        /// How long it usually takes; nil: nobody knows.
        package var usualDuration: Duration?
        /// How long it and the longest chain of tasks behind it usually take; nil: nobody knows.
        package var usualPath: Duration?
        /// What its runner must have; it names no runner then.
        package var labels: [String] = []
        /// Whether it names its runner, which leaves no choice.
        package var namesRunner = false
        /// The runner whose turn it was when the task was first left to another; nil: nobody's yet.
        package var leftTo: String?

        /// Joins the facts.
        package init(
            id: Int,
            dag: Int,
            pool: String?,
            slots: Int,
            priority: Int = 0,
            queuedAt: Timestamp,
            deadline: Timestamp? = nil,
            usualDuration: Duration? = nil,
            usualPath: Duration? = nil
        ) {
            self.id = id
            self.dag = dag
            self.pool = pool
            self.slots = slots
            self.priority = priority
            self.queuedAt = queuedAt
            self.deadline = deadline
            self.usualDuration = usualDuration
            self.usualPath = usualPath
        }
    }

    /// The database's clock.
    package var now: Timestamp
    /// In any order.
    package var candidates: [Candidate]
    /// Slots of the runner that no live attempt holds.
    package var freeSlots: Int
    /// Slots of the runner in all.
    package var totalSlots: Int
    /// Free slots of each pool; a pool that is absent is not known.
    package var freePoolSlots: [String: Int]
    /// Slots of each pool in all.
    package var totalPoolSlots: [String: Int]
    /// How many more tasks each DAG may start; absent: no limit.
    package var freeDAGTasks: [Int: Int]
    /// In which order each pool's tasks go; absent: `fair`, as for tasks without a pool.
    package var orders: [String: QueueOrder] = [:]
    /// Slots that each DAG's live attempts hold.
    package var slotsOfDAGs: [Int: Int] = [:]
    /// When a task of each DAG was last taken, as far as the caller remembers.
    package var lastServed: [Int: Timestamp] = [:]
    /// Slots of the runner that wait for important tasks.
    package var reserved: ReservedSlots?
    /// Slots of the runner that tasks below that priority hold.
    package var ordinarySlotsInUse = 0
    /// How the tasks of some pools are spread over runners; absent: whoever comes takes them.
    package var placements: [String: Placement] = [:]
    /// The runner itself and those beside it that take what fits, where tasks are spread.
    package var peers: [PlacementPeer] = []
    /// The runner's own name, among the peers.
    package var runner = ""
    /// Which runner took the last task of each pool.
    package var lastRunners: [String: String] = [:]

    /// Joins the facts about limits; those about order may follow.
    package init(
        now: Timestamp,
        candidates: [Candidate],
        freeSlots: Int,
        totalSlots: Int,
        freePoolSlots: [String: Int],
        totalPoolSlots: [String: Int],
        freeDAGTasks: [Int: Int]
    ) {
        self.now = now
        self.candidates = candidates
        self.freeSlots = freeSlots
        self.totalSlots = totalSlots
        self.freePoolSlots = freePoolSlots
        self.totalPoolSlots = totalPoolSlots
        self.freeDAGTasks = freeDAGTasks
    }
}

/// What is decided about a queued task.
package enum ClaimDecision: Hashable, Sendable {
    case claim(Int)
    case hold(Int, ClaimHold)
}

/// Why a queued task is not claimed.
package enum ClaimHold: Hashable, Sendable {
    case unknownPool(String)
    case poolFull(String)
    /// The task wants more slots than the pool has in all; of a pool without slots all wait alike.
    case poolTooSmall(String)
    /// The pool has room, which is kept for a larger task that has waited long.
    case poolKept(String, for: Int)
    case activeTasks
    case runnerFull
    /// The runner has room, which is kept for a larger task that has waited long.
    case runnerKept(for: Int)
    /// The task wants more slots than the runner has in all.
    case tooLarge(slots: Int, of: Int)
    /// The pool's tasks are spread, and it is another runner's turn.
    case leftTo(String)
}

extension ClaimHold {
    /// Whether other tasks of the same DAG are likely to wait for the same.
    package var isAboutTheDAG: Bool {
        switch self {
        case .activeTasks: true
        case .unknownPool, .poolFull, .poolTooSmall, .poolKept, .runnerFull, .runnerKept, .tooLarge, .leftTo: false
        }
    }
}

extension ClaimHold: CustomStringConvertible {
    /// The stored form, which `rota why` and the pages put into a sentence.
    package var description: String {
        switch self {
        case .unknownPool(let name): "unknown_pool \(name)"
        case .poolFull(let name): "pool_full \(name)"
        case .poolTooSmall(let name): "pool_too_small \(name)"
        case .poolKept(let name, let task): "pool_kept \(name) \(task)"
        case .activeTasks: "max_active_tasks"
        case .runnerFull: "runner_full"
        case .runnerKept(let task): "runner_kept \(task)"
        case .tooLarge(let slots, let total): "too_large \(slots) of \(total)"
        case .leftTo(let runner): "left_to \(runner)"
        }
    }
}

extension ClaimSnapshot {
    /// Whose turn it was last in each pool whose runners take turns, once these decisions are carried out.
    package func lastTurns(after decisions: [ClaimDecision]) -> [String: String] {
        let byID = Dictionary(candidates.map { ($0.id, $0) }) { first, _ in first }
        var turns: [String: String] = [:]
        for decision in decisions {
            let (id, name): (Int, String)
            switch decision {
            case .claim(let task): (id, name) = (task, runner)
            case .hold(let task, .leftTo(let other)): (id, name) = (task, other)
            case .hold: continue
            }
            guard let candidate = byID[id], candidate.leftTo == nil, let pool = candidate.pool,
                placements[pool] == .roundRobin
            else { continue }
            turns[pool] = name
        }
        return turns
    }
}

/// Decides which candidates the runner takes; every candidate gets a decision, in the order in which they go.
package func decide(_ snapshot: ClaimSnapshot) -> [ClaimDecision] {
    var lanes = QueueLanes(snapshot)
    var room = ClaimRoom(snapshot)
    var decisions: [ClaimDecision] = []
    decisions.reserveCapacity(snapshot.candidates.count)
    while let candidate = lanes.next() {
        if let other = room.betterRunner(for: candidate) {
            decisions.append(.hold(candidate.id, .leftTo(other)))
        } else if let hold = room.obstacle(to: candidate) {
            room.reserve(for: candidate, heldBy: hold)
            decisions.append(.hold(candidate.id, hold))
        } else {
            room.take(candidate)
            lanes.note(taken: candidate)
            decisions.append(.claim(candidate.id))
        }
    }
    return decisions
}

/// What is free while a claim is decided.
private struct ClaimRoom {
    private let now: Timestamp
    private let totalPoolSlots: [String: Int]
    private let placements: [String: Placement]
    private var peers: [PlacementPeer]
    private let own: String
    private var lastRunners: [String: String]
    private var runner: PlacementPeer
    private var pools: [String: Int]
    private var dags: [Int: Int]
    /// The tasks for which free slots are kept, by pool, and on the runner.
    private var poolsKept: [String: Int] = [:]
    private var runnerKept: ClaimSnapshot.Candidate?

    /// How long a task that wants several slots lets smaller ones pass, in its pool and on its runner.
    ///
    /// Then free slots are kept for it until they suffice: else it would never find enough of them free at once. Whole
    /// runners are kept idle with more patience.
    private static let patienceInPool = Duration.seconds(60)
    private static let patienceOnRunner = Duration.seconds(600)
    /// How long a task is left to the runner whose turn it is; then whoever comes takes it.
    private static let patienceWithPeers = Duration.seconds(5)

    init(_ snapshot: ClaimSnapshot) {
        now = snapshot.now
        totalPoolSlots = snapshot.totalPoolSlots
        placements = snapshot.placements
        peers = snapshot.peers
        own = snapshot.runner
        lastRunners = snapshot.lastRunners
        runner = PlacementPeer(
            name: snapshot.runner,
            labels: [],
            totalSlots: snapshot.totalSlots,
            freeSlots: snapshot.freeSlots,
            reserved: snapshot.reserved,
            ordinarySlotsInUse: snapshot.ordinarySlotsInUse
        )
        pools = snapshot.freePoolSlots
        dags = snapshot.freeDAGTasks
    }

    /// The runner whose turn it is to take a task, if it is another one; what it will take is counted as taken.
    mutating func betterRunner(for candidate: ClaimSnapshot.Candidate) -> String? {
        guard let pool = candidate.pool, let placement = placements[pool], !candidate.namesRunner,
            now - candidate.queuedAt < Self.patienceWithPeers, (pools[pool] ?? 0) >= candidate.slots,
            poolsKept[pool] == nil, dags[candidate.dag].map({ $0 > 0 }) ?? true,
            let choice = turn(of: candidate, placement, pool), peers[choice].name != own
        else { return nil }
        peers[choice].take(slots: candidate.slots, priority: candidate.priority)
        if candidate.leftTo == nil { lastRunners[pool] = peers[choice].name }
        pools[pool, default: 0] -= candidate.slots
        if let free = dags[candidate.dag] { dags[candidate.dag] = free - 1 }
        return peers[choice].name
    }

    /// Whose turn a task is: that of the runner that it was left to, as long as that has room for it.
    private func turn(of candidate: ClaimSnapshot.Candidate, _ placement: Placement, _ pool: String) -> Int? {
        if placement == .roundRobin, let named = candidate.leftTo,
            let index = peers.firstIndex(where: { $0.name == named }),
            peers[index].room(forPriority: candidate.priority) >= candidate.slots
        {
            return index
        }
        return placement.choice(for: candidate, among: peers, last: lastRunners[pool])
    }

    func obstacle(to candidate: ClaimSnapshot.Candidate) -> ClaimHold? {
        let size = runner.size(forPriority: candidate.priority)
        guard candidate.slots <= size else { return .tooLarge(slots: candidate.slots, of: size) }
        if let pool = candidate.pool {
            guard let free = pools[pool] else { return .unknownPool(pool) }
            if let total = totalPoolSlots[pool], total > 0, candidate.slots > total { return .poolTooSmall(pool) }
            guard free >= candidate.slots else { return .poolFull(pool) }
            if let task = poolsKept[pool] { return .poolKept(pool, for: task) }
        }
        if let free = dags[candidate.dag], free < 1 { return .activeTasks }
        guard runner.room(forPriority: candidate.priority) >= candidate.slots else { return .runnerFull }
        guard let kept = runnerKept else { return nil }
        return isOrdinary(kept.priority) && runner.isReserved(for: candidate) ? nil : .runnerKept(for: kept.id)
    }

    /// Whether a task of this priority has no right to the slots that are reserved on the runner.
    private func isOrdinary(_ priority: Int) -> Bool { runner.reserved.map { priority < $0.priority } ?? true }

    mutating func take(_ candidate: ClaimSnapshot.Candidate) {
        runner.take(slots: candidate.slots, priority: candidate.priority)
        if let index = peers.firstIndex(where: { $0.name == own }) {
            peers[index].take(slots: candidate.slots, priority: candidate.priority)
        }
        if let pool = candidate.pool {
            pools[pool, default: 0] -= candidate.slots
            if candidate.leftTo == nil { lastRunners[pool] = own }
        }
        if let free = dags[candidate.dag] { dags[candidate.dag] = free - 1 }
    }

    mutating func reserve(for candidate: ClaimSnapshot.Candidate, heldBy hold: ClaimHold) {
        let waited = now - candidate.queuedAt
        switch hold {
        case .poolFull(let pool):
            guard waited >= Self.patienceInPool, candidate.slots <= totalPoolSlots[pool] ?? 0 else { return }
            poolsKept[pool] = poolsKept[pool] ?? candidate.id
        case .runnerFull:
            if waited >= Self.patienceOnRunner { runnerKept = runnerKept ?? candidate }
        case .unknownPool, .poolTooSmall, .poolKept, .activeTasks, .runnerKept, .tooLarge, .leftTo: break
        }
    }
}
