/// In which order the tasks that wait for a pool are taken.
///
/// Each order but `fair` is one instant for each task: the earlier goes first, so waiting alone brings every task to the
/// front in the end.
package enum QueueOrder: String, Hashable, Sendable, CaseIterable {
    /// By the time at which they were queued.
    case fifo
    /// By priority; a point is worth a minute of waiting.
    case priority
    /// DAGs take turns: higher priority first, then who holds fewer slots, then who was served longer ago.
    case fair
    /// By the deadline of their runs; those without one as if it were a day after they were queued.
    case deadline
    /// By how long they usually take; a longer one waits at most by so much longer.
    case shortest
    /// By how long what hangs on them usually takes.
    case criticalPath = "critical_path"

    /// What a point of priority is worth in waiting.
    package static let pointOfPriority = Duration.seconds(60)
    /// Where tasks without a deadline stand among those that have one.
    static let noDeadline = Duration.seconds(86_400)

    /// The instant by which a task stands in the queue.
    package func place(of task: ClaimSnapshot.Candidate) -> Timestamp {
        switch self {
        case .fifo: task.queuedAt
        case .priority, .fair: task.queuedAt - Self.pointOfPriority * task.priority
        case .deadline: task.deadline ?? task.queuedAt + Self.noDeadline
        case .shortest: task.queuedAt + (task.usualDuration ?? .zero)
        case .criticalPath: task.queuedAt - (task.usualPath ?? .zero)
        }
    }
}

/// The queue as one look sees it: candidates in lanes, of which the best head comes next.
struct QueueLanes {
    private let now: Timestamp
    /// Sorted, last first, so that heads are taken from the end.
    private var lanes: [[ClaimSnapshot.Candidate]]
    private var slotsInUse: [Int: Int]
    private var lastServed: [Int: Timestamp]

    /// A lane for each pool, and within those that are fair, and for tasks without a pool, one for each DAG.
    init(_ snapshot: ClaimSnapshot) {
        struct Key: Hashable {
            var pool: String?
            var dag: Int?
        }
        now = snapshot.now
        slotsInUse = snapshot.slotsOfDAGs
        lastServed = snapshot.lastServed
        var byLane: [Key: [(place: Timestamp, candidate: ClaimSnapshot.Candidate)]] = [:]
        for candidate in snapshot.candidates {
            let order = candidate.pool.flatMap { snapshot.orders[$0] } ?? .fair
            let key = Key(pool: candidate.pool, dag: order == .fair ? candidate.dag : nil)
            byLane[key, default: []].append((order.place(of: candidate), candidate))
        }
        lanes = byLane.values.map { lane in
            lane.sorted { left, right in
                (left.place, left.candidate.queuedAt, left.candidate.id)
                    > (right.place, right.candidate.queuedAt, right.candidate.id)
            }.map(\.candidate)
        }
    }

    /// Takes the next candidate out; nil: none is left.
    mutating func next() -> ClaimSnapshot.Candidate? {
        guard let first = lanes.indices.first else { return nil }
        var best = first
        if lanes.count > 1 {
            var turn = self.turn(of: first)
            for lane in lanes.indices.dropFirst() {
                let other = self.turn(of: lane)
                if other < turn { (best, turn) = (lane, other) }
            }
        }
        let candidate = lanes[best].removeLast()
        if lanes[best].isEmpty { lanes.swapAt(best, lanes.count - 1); lanes.removeLast() }
        return candidate
    }

    /// Notes that a candidate's DAG was served.
    mutating func note(taken candidate: ClaimSnapshot.Candidate) {
        slotsInUse[candidate.dag, default: 0] += candidate.slots
        lastServed[candidate.dag] = now
    }

    private func turn(of lane: Int) -> Turn {
        // Lanes are never empty.
        let head = lanes[lane][lanes[lane].count - 1]
        let served = lastServed[head.dag]
        let since = served.map { max($0, head.queuedAt) } ?? head.queuedAt
        return Turn(
            level: head.priority + Int(clamping: (now - since).components.seconds / 60),
            slots: slotsInUse[head.dag] ?? 0,
            served: served ?? .distantPast,
            queuedAt: head.queuedAt,
            id: head.id
        )
    }

    /// Whose turn it is among the heads of lanes.
    private struct Turn: Comparable {
        /// Priority, and a point for each minute without being served.
        var level: Int
        var slots: Int
        var served: Timestamp
        var queuedAt: Timestamp
        var id: Int

        static func < (left: Turn, right: Turn) -> Bool {
            if left.level != right.level { return left.level > right.level }
            return (left.slots, left.served, left.queuedAt, left.id)
                < (right.slots, right.served, right.queuedAt, right.id)
        }
    }
}

extension Timestamp {
    /// Before everything that is compared.
    fileprivate static let distantPast = Timestamp(microseconds: .min)
}
