/// What two versions of a DAG have of each other's tasks.
package struct DAGDifference: Hashable, Sendable {
    /// What became of one task.
    package enum Change: String, Hashable, Sendable, CaseIterable {
        case same
        case changed
        case added
        case removed
    }

    /// A task of either version.
    package struct Item: Hashable, Sendable {
        package var task: String
        package var change: Change
    }

    /// The tasks of the new version in its order, then those that it has no more, in the order of the old one.
    package let items: [Item]

    /// Compares the tasks of two versions by their names; a task is the same where everything said of it is.
    ///
    /// What holds for all tasks, such as common variables, is not looked at: the texts tell that.
    package init(from old: [TaskDefinition], to new: [TaskDefinition]) {
        let before = Dictionary(old.map { ($0.id, $0) }) { first, _ in first }
        let names = Set(new.map(\.id))
        items =
            new.map { task in
                guard let former = before[task.id] else { return Item(task: task.id, change: .added) }
                return Item(task: task.id, change: former == task ? .same : .changed)
            } + old.filter { !names.contains($0.id) }.map { Item(task: $0.id, change: .removed) }
    }

    /// How many tasks became what.
    package func count(_ change: Change) -> Int { items.count { $0.change == change } }
}
