package import Core
import Store

/// A person's word about one run under way, or about one of its tasks.
package enum RunVerb: Hashable, Sendable {
    /// The whole run ends: what has not started never does.
    case cancelRun
    /// A task ends, or one instance of a mapped one; without a map index, all of them.
    case cancelTask(String, mapIndex: Int?)
    /// A task gets an end without running: success, failed or skipped.
    case mark(String, mapIndex: Int?, as: TaskState)
}

/// What a person's word changes in a run, with what follows from it at once.
package struct VerbPlan: Hashable, Sendable {
    /// A task instance that changes.
    package struct Change: Hashable, Sendable {
        package var task: String
        /// Nil where the task is not mapped.
        package var mapIndex: Int?
        /// Nil: there was no such instance.
        package var old: TaskState?
        /// `removed`: there is no such instance any more.
        package var new: TaskState
        /// Whether it runs now and is asked to end; the new state is what it then has.
        package var isAsked: Bool

        func add(to hash: inout PlanHash) {
            hash.add(task)
            hash.add(mapIndex ?? -1)
            hash.add(old?.rawValue ?? "")
            hash.add(new.rawValue)
            hash.add(isAsked ? 1 : 0)
        }
    }

    package var run: RunName
    package var oldState: RunState
    package var newState: RunState
    /// In the file's order, then by map index.
    package var changes: [Change]

    /// What it is a plan for.
    package var verb: RunVerb

    /// A word for exactly this plan; it differs where anything that the plan shows differs.
    ///
    /// Whoever cancels a run means whatever is left of it: tasks that end meanwhile make no other plan.
    package var hash: String {
        var hash = PlanHash()
        hash.add(newState.rawValue)
        if verb == .cancelRun { return hash.text }
        hash.add(oldState.rawValue)
        for change in changes { change.add(to: &hash) }
        return hash.text
    }

    /// Compares a run's instances before and after.
    init(
        _ verb: RunVerb,
        before: LockedRun,
        _ old: [StoredInstance],
        after: LockedRun,
        _ new: [StoredInstance],
        asked: [InstanceKey],
        tasks: [TaskDefinition]
    ) {
        self.verb = verb
        run = before.name
        oldState = before.state
        newState = after.state
        let was = Dictionary(old.map { ($0.key, $0.state) }) { first, _ in first }
        var becomes = Dictionary(new.map { ($0.key, $0.state) }) { first, _ in first }
        for key in asked { becomes[key] = .cancelled }
        changes = Self.changes(from: was, to: becomes, asked: Set(asked), tasks: tasks)
    }

    /// What differs between the states of a run's instances before and after; what is not there any more is removed.
    static func changes(
        from was: [InstanceKey: TaskState],
        to becomes: [InstanceKey: TaskState],
        asked: Set<InstanceKey> = [],
        tasks: [TaskDefinition]
    ) -> [Change] {
        Set(was.keys).union(becomes.keys).sorted().compactMap { key in
            let (from, to) = (was[key], becomes[key] ?? .removed)
            guard from != to, from != nil || to != .removed else { return nil }
            return Change(
                task: tasks[key.task].id,
                mapIndex: key.isWhole ? nil : key.mapIndex,
                old: from,
                new: to,
                isAsked: asked.contains(key)
            )
        }
    }
}
