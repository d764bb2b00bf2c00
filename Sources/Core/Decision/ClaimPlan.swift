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
    case activeTasks
    case runnerFull
    /// The task wants more slots than the runner has in all.
    case tooLarge(slots: Int, of: Int)
}

extension ClaimHold {
    /// Whether other tasks of the same DAG are likely to wait for the same.
    package var isAboutTheDAG: Bool {
        switch self {
        case .activeTasks, .tooLarge: true
        case .unknownPool, .poolFull, .runnerFull: false
        }
    }
}

extension ClaimHold: CustomStringConvertible {
    /// The stored form, which `rota why` and the pages put into a sentence.
    package var description: String {
        switch self {
        case .unknownPool(let name): "unknown_pool \(name)"
        case .poolFull(let name): "pool_full \(name)"
        case .activeTasks: "max_active_tasks"
        case .runnerFull: "runner_full"
        case .tooLarge(let slots, let total): "too_large \(slots) of \(total)"
        }
    }
}

/// Decides which candidates the runner takes; every candidate gets a decision, in the order in which they go.
package func decide(_ snapshot: ClaimSnapshot) -> [ClaimDecision] {
    var lanes = QueueLanes(snapshot)
    var room = ClaimRoom(snapshot)
    var decisions: [ClaimDecision] = []
    decisions.reserveCapacity(snapshot.candidates.count)
    while let candidate = lanes.next() {
        if let hold = room.obstacle(to: candidate) {
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
    private let totalSlots: Int
    private let totalPoolSlots: [String: Int]
    private var slots: Int
    private var pools: [String: Int]
    private var dags: [Int: Int]

    /// How long a task that wants several slots lets smaller ones pass, in its pool and on its runner.
    ///
    /// Then free slots are kept for it until they suffice: else it would never find enough of them free at once. Whole
    /// runners are kept idle with more patience.
    private static let patienceInPool = Duration.seconds(60)
    private static let patienceOnRunner = Duration.seconds(600)

    init(_ snapshot: ClaimSnapshot) {
        now = snapshot.now
        totalSlots = snapshot.totalSlots
        totalPoolSlots = snapshot.totalPoolSlots
        slots = snapshot.freeSlots
        pools = snapshot.freePoolSlots
        dags = snapshot.freeDAGTasks
    }

    func obstacle(to candidate: ClaimSnapshot.Candidate) -> ClaimHold? {
        guard candidate.slots <= totalSlots else { return .tooLarge(slots: candidate.slots, of: totalSlots) }
        if let pool = candidate.pool {
            guard let free = pools[pool] else { return .unknownPool(pool) }
            guard free >= candidate.slots else { return .poolFull(pool) }
        }
        if let free = dags[candidate.dag], free < 1 { return .activeTasks }
        return slots >= candidate.slots ? nil : .runnerFull
    }

    mutating func take(_ candidate: ClaimSnapshot.Candidate) {
        slots -= candidate.slots
        if let pool = candidate.pool { pools[pool, default: 0] -= candidate.slots }
        if let free = dags[candidate.dag] { dags[candidate.dag] = free - 1 }
    }

    mutating func reserve(for candidate: ClaimSnapshot.Candidate, heldBy hold: ClaimHold) {
        let waited = now - candidate.queuedAt
        switch hold {
        case .poolFull(let pool):
            guard waited >= Self.patienceInPool, candidate.slots <= totalPoolSlots[pool] ?? 0 else { return }
            pools[pool] = min(pools[pool] ?? 0, 0)
        case .runnerFull:
            if waited >= Self.patienceOnRunner { slots = min(slots, 0) }
        case .unknownPool, .activeTasks, .tooLarge: break
        }
    }
}
