/// The facts from which it is decided which queued tasks one runner takes.
package struct ClaimSnapshot: Sendable {
    /// A queued task instance that fits the runner.
    package struct Candidate: Hashable, Sendable {
        package var id: Int
        package var dag: Int
        package var pool: String?
        package var slots: Int

        /// Joins the facts.
        package init(id: Int, dag: Int, pool: String?, slots: Int) {
            self.id = id
            self.dag = dag
            self.pool = pool
            self.slots = slots
        }
    }

    /// In the order in which they should start.
    package var candidates: [Candidate]
    /// Slots of the runner that no live attempt holds.
    package var freeSlots: Int
    /// Slots of the runner in all.
    package var totalSlots: Int
    /// Free slots of each pool; a pool that is absent is not known.
    package var freePoolSlots: [String: Int]
    /// How many more tasks each DAG may start; absent: no limit.
    package var freeDAGTasks: [Int: Int]

    /// Joins the facts.
    package init(
        candidates: [Candidate],
        freeSlots: Int,
        totalSlots: Int,
        freePoolSlots: [String: Int],
        freeDAGTasks: [Int: Int]
    ) {
        self.candidates = candidates
        self.freeSlots = freeSlots
        self.totalSlots = totalSlots
        self.freePoolSlots = freePoolSlots
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

/// Decides which candidates the runner takes; every candidate gets a decision, in its order.
package func decide(_ snapshot: ClaimSnapshot) -> [ClaimDecision] {
    var slots = snapshot.freeSlots
    var pools = snapshot.freePoolSlots
    var dags = snapshot.freeDAGTasks
    return snapshot.candidates.map { candidate in
        guard candidate.slots <= snapshot.totalSlots else {
            return .hold(candidate.id, .tooLarge(slots: candidate.slots, of: snapshot.totalSlots))
        }
        if let pool = candidate.pool {
            guard let free = pools[pool] else { return .hold(candidate.id, .unknownPool(pool)) }
            guard free >= candidate.slots else { return .hold(candidate.id, .poolFull(pool)) }
        }
        if let free = dags[candidate.dag], free < 1 { return .hold(candidate.id, .activeTasks) }
        guard slots >= candidate.slots else { return .hold(candidate.id, .runnerFull) }
        slots -= candidate.slots
        if let pool = candidate.pool { pools[pool, default: 0] -= candidate.slots }
        if let free = dags[candidate.dag] { dags[candidate.dag] = free - 1 }
        return .claim(candidate.id)
    }
}
