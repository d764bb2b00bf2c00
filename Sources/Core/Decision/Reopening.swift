/// A run's instances after an operator's word: some begin anew, some get another state, and the counts follow.
///
/// Pure: it recounts everything from the states, which is also how the stored counts are checked.
package struct Reopening: Sendable {
    /// The new state of each instance; those that are `removed` count for nothing.
    package private(set) var states: [InstanceKey: TaskState]
    /// Instances whose state is another than before.
    package private(set) var changed: Set<InstanceKey> = []
    /// Mapped tasks that wait as a whole again, to be expanded anew.
    package private(set) var collapsed: Set<Int> = []
    /// Tasks that are to follow, instance by instance, the one that they are `same_as`, which has its instances.
    package private(set) var following: Set<Int> = []
    private let tasks: [TaskDefinition]
    private let topology: Topology
    private var indices: [Int: Set<Int>] = [:]

    /// Begins with the states as they are.
    package init(tasks: [TaskDefinition], topology: Topology, states: [InstanceKey: TaskState]) {
        self.tasks = tasks
        self.topology = topology
        self.states = states
        for key in states.keys { indices[key.task, default: []].insert(key.mapIndex) }
    }

    /// The instances that a task has, in ascending order: not those that were removed.
    package func instances(of task: Int) -> [InstanceKey] {
        (indices[task] ?? []).map { InstanceKey(task: task, mapIndex: $0) }
            .filter { states[$0] != .removed }
            .sorted()
    }

    /// Lets an instance that has ended begin anew; a live one is left.
    package mutating func reset(_ key: InstanceKey) {
        guard let state = states[key], state.isTerminal, state != .removed else { return }
        if key.isWhole, let source = topology.counterpart[key.task],
            instances(of: source).contains(where: { !$0.isWhole })
        {
            follow(key.task, source)
        } else {
            set(key, .waiting)
        }
    }

    /// Lets a mapped task wait as a whole again; its instances are removed until it is expanded anew.
    package mutating func collapse(_ task: Int) {
        for key in instances(of: task) where !key.isWhole { set(key, .removed) }
        set(InstanceKey(task: task), .waiting)
        indices[task, default: []].insert(InstanceKey.whole)
        collapsed.insert(task)
        following.remove(task)
    }

    /// A task that ended before the one it is `same_as` had its instances gets its own.
    private mutating func follow(_ task: Int, _ source: Int) {
        states[InstanceKey(task: task)] = nil
        changed.remove(InstanceKey(task: task))
        indices[task]?.remove(InstanceKey.whole)
        for key in instances(of: source) {
            set(InstanceKey(task: task, mapIndex: key.mapIndex), .waiting)
            indices[task, default: []].insert(key.mapIndex)
        }
        following.insert(task)
    }

    /// Lets an instance that is queued or due for a retry, and that nobody has taken, wait again where what it needs
    /// begins anew.
    ///
    /// Otherwise it would start before its upstream, or beside it.
    package mutating func withdrawQueued(isTaken: (InstanceKey) -> Bool) {
        let counts = counts
        for (key, state) in states where [.queued, .upForRetry].contains(state) && !isTaken(key) {
            guard let counts = counts[key], tasks[key.task].triggerRule.verdict(counts) != .start else { continue }
            set(key, .waiting)
        }
        for task in tasks.indices where !collapsed.contains(task) { collapseIfAllWait(task, counts) }
    }

    /// Where what a mapped task needs begins anew before any of its instances has begun, its list is to be worked out
    /// anew as well.
    private mutating func collapseIfAllWait(_ task: Int, _ counts: [InstanceKey: UpstreamCounts]) {
        guard tasks[task].mapping != nil, topology.counterpart[task] == nil else { return }
        let group = ([task] + topology.followers(of: task)).filter { other in
            instances(of: other).contains { !$0.isWhole }
        }
        guard group.first == task,
            group.allSatisfy({ instances(of: $0).allSatisfy { states[$0] == .waiting } }),
            let first = instances(of: task).first, let counts = counts[first],
            tasks[task].triggerRule.verdict(counts) != .start
        else { return }
        for other in group { collapse(other) }
    }

    /// Gives an instance an end by word of a person.
    package mutating func mark(_ key: InstanceKey, _ state: TaskState) {
        guard states[key] != state else { return }
        set(key, state)
    }

    /// Lets everything downstream of instances begin anew that a failure or a rule had ended without running it.
    package mutating func resetBlocked(downstreamOf keys: [InstanceKey], endedByRule: (InstanceKey) -> Bool) {
        var stack = keys.flatMap { downstream(of: $0) }
        while let key = stack.popLast() {
            guard let state = states[key] else { continue }
            guard state == .upstreamFailed || (state == .skipped && endedByRule(key)) else { continue }
            reset(key)
            stack += downstream(of: key)
        }
    }

    /// The instances for which an instance's end counts.
    package func downstream(of key: InstanceKey) -> [InstanceKey] {
        topology.downstream[key.task].flatMap { position in
            instances(of: position).filter { other in
                topology.counterpart[position] != key.task || other.isWhole || other.mapIndex == key.mapIndex
            }
        }
    }

    private mutating func set(_ key: InstanceKey, _ state: TaskState) {
        states[key] = state
        changed.insert(key)
    }

    /// Counts of every instance's upstream ends.
    package var counts: [InstanceKey: UpstreamCounts] {
        var sums = Array(repeating: UpstreamCounts(total: 0), count: tasks.count)
        for (key, state) in states where state != .removed { sums[key.task].add(one(key, state)) }
        var counts: [InstanceKey: UpstreamCounts] = [:]
        counts.reserveCapacity(states.count)
        for task in tasks.indices {
            let counterpart = topology.counterpart[task]
            var shared = UpstreamCounts(total: 0)
            for position in topology.upstream[task] where position != counterpart { shared.add(sums[position]) }
            for index in indices[task] ?? [] {
                let key = InstanceKey(task: task, mapIndex: index)
                guard let state = states[key], state != .removed else { continue }
                counts[key] = shared
                guard let counterpart else { continue }
                if key.isWhole {
                    counts[key]?.add(sums[counterpart])
                } else {
                    let other = InstanceKey(task: counterpart, mapIndex: index)
                    if let state = states[other], state != .removed { counts[key]?.add(one(other, state)) }
                }
            }
        }
        return counts
    }

    /// How many instances there are.
    package var total: Int { states.values.count { $0 != .removed } }

    /// How many instances have not ended.
    package var unfinished: Int { states.values.count { !$0.isTerminal } }

    /// How many ended badly and were not allowed to.
    package var failures: Int {
        states.count { key, state in
            Outcome(state, allowsFailure: tasks[key.task].allowsFailure)?.isFailure ?? false
        }
    }

    private func one(_ key: InstanceKey, _ state: TaskState) -> UpstreamCounts {
        var counts = UpstreamCounts(total: 1)
        if let outcome = Outcome(state, allowsFailure: tasks[key.task].allowsFailure) { counts.count(outcome) }
        return counts
    }
}
