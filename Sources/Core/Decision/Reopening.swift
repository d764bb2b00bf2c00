/// A run's instances after an operator's word: some begin anew, some get another state, and the counts follow.
///
/// Pure: it recounts everything from the states, which is also how the stored counts are checked.
package struct Reopening: Sendable {
    /// The new state of each task, by position.
    package private(set) var states: [TaskState]
    /// Tasks whose state is another than before.
    package private(set) var changed: Set<Int> = []
    private let tasks: [TaskDefinition]
    private let topology: Topology

    /// Begins with the states as they are.
    package init(tasks: [TaskDefinition], topology: Topology, states: [TaskState]) {
        self.tasks = tasks
        self.topology = topology
        self.states = states
    }

    /// Lets a task that has ended begin anew; a live one is left.
    package mutating func reset(_ task: Int) {
        guard states[task].isTerminal else { return }
        states[task] = .waiting
        changed.insert(task)
    }

    /// Lets a task that is queued, and that nobody has taken, wait again where what it needs begins anew.
    ///
    /// Otherwise it would start before its upstream, or beside it.
    package mutating func withdrawQueued(isTaken: (Int) -> Bool) {
        let counts = counts
        for position in states.indices where states[position] == .queued && !isTaken(position) {
            guard tasks[position].triggerRule.verdict(counts[position]) != .start else { continue }
            states[position] = .waiting
            changed.insert(position)
        }
    }

    /// Gives a task an end by word of a person.
    package mutating func mark(_ task: Int, _ state: TaskState) {
        guard states[task] != state else { return }
        states[task] = state
        changed.insert(task)
    }

    /// Lets everything downstream of a task begin anew that a failure or a rule had ended without running it.
    package mutating func resetBlocked(downstreamOf task: Int, endedByRule: (Int) -> Bool) {
        var stack = topology.downstream[task]
        while let position = stack.popLast() {
            let isBlocked =
                states[position] == .upstreamFailed || (states[position] == .skipped && endedByRule(position))
            guard isBlocked else { continue }
            reset(position)
            stack += topology.downstream[position]
        }
    }

    /// Counts of every task's upstream ends, by position.
    package var counts: [UpstreamCounts] {
        topology.upstream.map { upstream in
            var counts = UpstreamCounts(total: upstream.count)
            for position in upstream {
                guard let outcome = outcome(position) else { continue }
                counts.count(outcome)
            }
            return counts
        }
    }

    /// How many tasks have not ended.
    package var unfinished: Int { states.count { !$0.isTerminal } }

    /// How many ended badly and were not allowed to.
    package var failures: Int { states.indices.count { outcome($0)?.isFailure ?? false } }

    private func outcome(_ position: Int) -> Outcome? {
        Outcome(states[position], allowsFailure: tasks[position].allowsFailure)
    }
}
