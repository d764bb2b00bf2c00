/// Follows ends through a run's graph: which waiting tasks become ready, and which end without running.
///
/// It holds the counts of those instances that wait, by the task's position in its version's file. Ends are recorded,
/// then `settle` judges whoever they touched until nothing changes any more. Pure and deterministic: tasks are judged
/// in ascending order of position.
package struct Cascade: Sendable {
    /// Something that `settle` decided about a waiting task.
    package enum Decision: Hashable, Sendable {
        /// It may run now.
        case queue(task: Int)
        /// It ends at once: a join, a task that is skipped, or one that a failure blocks.
        case end(task: Int, TaskState, reason: String?)
    }

    /// What a task's `when` says.
    package enum Condition: Hashable, Sendable {
        case holds
        case doesNotHold
        /// It cannot be judged; the task fails with this sentence.
        case broken(String)
    }

    /// Counts of the instances that still wait; others are absent.
    package private(set) var waiting: [Int: UpstreamCounts]
    /// Ends that were recorded since the beginning, for each downstream task they count for.
    package private(set) var deltas: [Int: UpstreamCounts] = [:]
    private let tasks: [TaskDefinition]
    private let topology: Topology
    private var touched: Set<Int>

    /// Begins with the waiting instances' counts as stored.
    ///
    /// `judgeAll`: Whether every waiting task is judged first, as when a run begins, or only those that a recorded end
    /// touches.
    package init(tasks: [TaskDefinition], topology: Topology, waiting: [Int: UpstreamCounts], judgeAll: Bool) {
        self.tasks = tasks
        self.topology = topology
        self.waiting = waiting
        touched = judgeAll ? Set(waiting.keys) : []
    }

    /// Adds tasks to be judged although no end touched them in this cascade.
    package mutating func judge(_ positions: some Sequence<Int>) {
        touched.formUnion(positions)
    }

    /// Counts one task's end for everything downstream of it.
    package mutating func record(task: Int, _ outcome: Outcome) {
        for position in topology.downstream[task] {
            deltas[position, default: UpstreamCounts(total: 0)].count(outcome)
            guard waiting[position] != nil else { continue }
            waiting[position]?.count(outcome)
            touched.insert(position)
        }
    }

    /// Judges all that is touched, and what that touches, until nothing is left.
    package mutating func settle(_ condition: (Int) -> Condition) -> [Decision] {
        var decisions: [Decision] = []
        while !touched.isEmpty {
            let round = touched.sorted()
            touched.removeAll(keepingCapacity: true)
            for position in round {
                guard let counts = waiting[position], let decision = judge(position, counts, condition) else {
                    continue
                }
                decisions.append(decision)
                waiting[position] = nil
                if case .end(_, let state, _) = decision,
                    let outcome = Outcome(state, allowsFailure: tasks[position].allowsFailure)
                {
                    record(task: position, outcome)
                }
            }
        }
        return decisions
    }

    private func judge(_ position: Int, _ counts: UpstreamCounts, _ condition: (Int) -> Condition) -> Decision? {
        let task = tasks[position]
        switch task.triggerRule.verdict(counts) {
        case .wait: return nil
        case .skip: return .end(task: position, .skipped, reason: "trigger_rule")
        case .upstreamFailed: return .end(task: position, .upstreamFailed, reason: nil)
        case .start: break
        }
        if task.condition != nil {
            switch condition(position) {
            case .holds: break
            case .doesNotHold: return .end(task: position, .skipped, reason: "when")
            case .broken(let sentence): return .end(task: position, .failed, reason: sentence)
            }
        }
        if case .join = task.action { return .end(task: position, .success, reason: nil) }
        return .queue(task: position)
    }
}
