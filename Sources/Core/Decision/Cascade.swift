/// Follows ends through a run's graph: which waiting instances become ready, which end without running, and which
/// tasks are expanded into their instances.
///
/// It holds the counts of instances that wait. Ends are recorded, then `settle` judges whoever they touched until
/// nothing changes any more. Pure and deterministic: instances are judged in ascending order of task and map index.
package struct Cascade: Sendable {
    /// Something that `settle` decided.
    package enum Decision: Hashable, Sendable {
        /// It may run now.
        case queue(InstanceKey)
        /// It ends at once: a join, a task that is skipped, or one that a failure blocks.
        case end(InstanceKey, TaskState, reason: String?)
        /// The task, which waited as a whole, becomes one instance for each item; decisions about these follow.
        case expand(task: Int, items: [JSONValue])
    }

    /// What a task's `when` says.
    package enum Condition: Hashable, Sendable {
        case holds
        case doesNotHold
        /// It cannot be judged; the task fails with this sentence.
        case broken(String)
    }

    /// What a task's `for_each` gives.
    package enum Items: Hashable, Sendable {
        case list([JSONValue])
        /// It gives no list; the task fails with this sentence.
        case broken(String)
    }

    /// Whose counts change: one instance, or all instances of a task.
    package struct Target: Hashable, Sendable {
        package var task: Int
        /// Nil: every instance, and the task as a whole.
        package var mapIndex: Int?

        /// Names an instance, or without a map index all of a task's.
        package init(task: Int, mapIndex: Int?) {
            self.task = task
            self.mapIndex = mapIndex
        }
    }

    /// The reason of a task that has no items.
    package static let noItems = "no_items"

    /// Counts of the instances that still wait; others are absent.
    package private(set) var waiting: [InstanceKey: UpstreamCounts]
    /// What must be added to stored counts; `total` is how many more upstream instances there are.
    ///
    /// Where a task is expanded, its instances begin with the counts that are stored for it as a whole, and these come
    /// on top.
    package private(set) var deltas: [Target: UpstreamCounts] = [:]
    /// Whether something could not be judged because not all that waits is known; nothing should then be written.
    package private(set) var needsAll = false
    private let tasks: [TaskDefinition]
    private let topology: Topology
    private let isComplete: Bool
    private var touched: Set<InstanceKey> = []
    private var indices: [Int: Set<Int>] = [:]
    private var items: [Int: [JSONValue]] = [:]
    private var decisions: [Decision] = []

    /// Begins with waiting instances' counts as stored.
    ///
    /// `isComplete`: Whether these are all that wait in the run, without which no task can be expanded.
    package init(
        tasks: [TaskDefinition],
        topology: Topology,
        waiting: [InstanceKey: UpstreamCounts],
        isComplete: Bool
    ) {
        self.tasks = tasks
        self.topology = topology
        self.waiting = waiting
        self.isComplete = isComplete
        for key in waiting.keys { indices[key.task, default: []].insert(key.mapIndex) }
    }

    /// Adds instances to be judged although no end touched them in this cascade.
    package mutating func judge(_ keys: some Sequence<InstanceKey>) {
        touched.formUnion(keys)
    }

    /// Adds everything that waits.
    package mutating func judgeAll() {
        touched.formUnion(waiting.keys)
    }

    /// Counts ends of instances for everything downstream of them.
    package mutating func record(_ ends: some Sequence<(key: InstanceKey, outcome: Outcome)>) {
        var byTask: [Int: [(mapIndex: Int, outcome: Outcome)]] = [:]
        for end in ends { byTask[end.key.task, default: []].append((end.key.mapIndex, end.outcome)) }
        for task in byTask.keys.sorted() { record(task: task, byTask[task] ?? []) }
    }

    private mutating func record(task: Int, _ ends: [(mapIndex: Int, outcome: Outcome)]) {
        var all = UpstreamCounts(total: 0)
        var mapped = all
        for end in ends {
            all.count(end.outcome)
            if end.mapIndex != InstanceKey.whole { mapped.count(end.outcome) }
        }
        for position in topology.downstream[task] {
            guard topology.counterpart[position] == task else {
                add(all, toAllOf: position)
                continue
            }
            for end in ends {
                var one = UpstreamCounts(total: 0)
                one.count(end.outcome)
                add(one, to: InstanceKey(task: position, mapIndex: end.mapIndex))
            }
            // As a whole it needs every instance; there is such a row only where it ended before there were instances.
            if mapped.done > 0 { add(mapped, to: InstanceKey(task: position)) }
        }
    }

    private mutating func add(_ counts: UpstreamCounts, toAllOf task: Int) {
        deltas[Target(task: task, mapIndex: nil), default: UpstreamCounts(total: 0)].add(counts)
        for index in indices[task] ?? [] {
            let key = InstanceKey(task: task, mapIndex: index)
            waiting[key]?.add(counts)
            touched.insert(key)
        }
    }

    private mutating func add(_ counts: UpstreamCounts, to key: InstanceKey) {
        deltas[Target(task: key.task, mapIndex: key.mapIndex), default: UpstreamCounts(total: 0)].add(counts)
        guard waiting[key] != nil else { return }
        waiting[key]?.add(counts)
        touched.insert(key)
    }

    /// Judges all that is touched, and what that touches, until nothing is left.
    ///
    /// - Parameters:
    ///   - condition: What an instance's `when` says; the item is given where this cascade expanded the task.
    ///   - items: What the `for_each` of the task at a position gives.
    /// - Returns: What was decided, in its order.
    package mutating func settle(
        _ condition: (InstanceKey, JSONValue?) throws -> Condition,
        items: (Int) throws -> Items
    ) rethrows -> [Decision] {
        decisions = []
        while !touched.isEmpty {
            var round = touched.sorted()[...]
            touched.removeAll(keepingCapacity: true)
            while let task = round.first?.task {
                // What ends of one task is counted together: it may be thousands of instances.
                var ends: [(mapIndex: Int, outcome: Outcome)] = []
                while let key = round.first, key.task == task {
                    round.removeFirst()
                    guard let counts = waiting[key], let decision = try judge(key, counts, condition, items) else {
                        continue
                    }
                    decisions.append(decision)
                    forget(key)
                    if case .end(_, let state, _) = decision,
                        let outcome = Outcome(state, allowsFailure: tasks[task].allowsFailure)
                    {
                        ends.append((key.mapIndex, outcome))
                    }
                }
                if !ends.isEmpty { record(task: task, ends) }
            }
        }
        return decisions
    }

    private mutating func forget(_ key: InstanceKey) {
        waiting[key] = nil
        indices[key.task]?.remove(key.mapIndex)
    }

    /// Nil: nothing yet, or something that was noted already.
    private mutating func judge(
        _ key: InstanceKey,
        _ counts: UpstreamCounts,
        _ condition: (InstanceKey, JSONValue?) throws -> Condition,
        _ items: (Int) throws -> Items
    ) rethrows -> Decision? {
        let task = tasks[key.task]
        switch task.triggerRule.verdict(counts) {
        case .wait: return nil
        case .skip: return .end(key, .skipped, reason: "trigger_rule")
        case .upstreamFailed: return .end(key, .upstreamFailed, reason: nil)
        case .start: break
        }
        if key.isWhole, let mapping = task.mapping { return try begin(key, mapping, items) }
        if task.condition != nil {
            switch try condition(key, item(of: key)) {
            case .holds: break
            case .doesNotHold: return .end(key, .skipped, reason: "when")
            case .broken(let sentence): return .end(key, .failed, reason: sentence)
            }
        }
        if case .join = task.action { return .end(key, .success, reason: nil) }
        return .queue(key)
    }

    private func item(of key: InstanceKey) -> JSONValue? {
        guard !key.isWhole, let items = items[key.task], key.mapIndex < items.count else { return nil }
        return items[key.mapIndex]
    }

    /// A mapped task whose rule lets it start.
    private mutating func begin(
        _ key: InstanceKey,
        _ mapping: Mapping,
        _ items: (Int) throws -> Items
    ) rethrows -> Decision? {
        guard isComplete else {
            needsAll = true
            return nil
        }
        if let source = topology.counterpart[key.task] {
            // It is expanded together with the other; where the other ended as a whole, there is nothing to follow.
            guard waiting[InstanceKey(task: source)] == nil else { return nil }
            return .end(key, .skipped, reason: Cascade.noItems)
        }
        switch try items(key.task) {
        case .broken(let sentence): return .end(key, .failed, reason: sentence)
        case .list(let list) where list.isEmpty: return .end(key, .skipped, reason: Cascade.noItems)
        case .list(let list):
            expand(key.task, list)
            return nil
        }
    }

    private mutating func expand(_ task: Int, _ list: [JSONValue]) {
        let whole = InstanceKey(task: task)
        guard let counts = waiting[whole] else { return }
        forget(whole)
        decisions.append(.expand(task: task, items: list))
        items[task] = list
        for index in list.indices {
            let key = InstanceKey(task: task, mapIndex: index)
            waiting[key] = counts
            indices[task, default: []].insert(index)
            touched.insert(key)
        }
        let growth = UpstreamCounts(total: list.count - 1)
        for position in topology.downstream[task] {
            if topology.counterpart[position] != task {
                add(growth, toAllOf: position)
            } else if waiting[InstanceKey(task: position)] != nil {
                expand(position, list)
            } else {
                add(growth, to: InstanceKey(task: position))
            }
        }
    }
}
