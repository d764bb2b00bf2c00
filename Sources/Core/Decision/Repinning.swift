/// A run's instances after it has moved to another version of its DAG, to begin anew there.
///
/// Pure. Each task of the new version waits as a whole. Instances keep their rows, and so their attempts, by the names
/// of their tasks: what the new version does not have is `removed`, and has a place outside of every version.
package struct Repinning: Hashable, Sendable {
    /// An instance as the run has it.
    package struct Row: Hashable, Sendable {
        package var task: String
        package var mapIndex: Int
        package var hasAttempts: Bool

        /// Joins the facts.
        package init(task: String, mapIndex: Int, hasAttempts: Bool) {
            self.task = task
            self.mapIndex = mapIndex
            self.hasAttempts = hasAttempts
        }
    }

    /// Where an instance stands in the new version; the place of a task that is in no version is negative.
    package struct Placement: Hashable, Sendable {
        package var key: InstanceKey
        package var state: TaskState

        /// Joins the facts.
        package init(key: InstanceKey, state: TaskState) {
            self.key = key
            self.state = state
        }
    }

    /// For each row, in their order.
    package let placements: [Placement]
    /// The tasks of the new version that get a row, in ascending order.
    package let added: [Int]

    /// Places the rows of a run.
    ///
    /// - Throws: What stands in the way, and then nothing is to be done.
    package init(_ rows: [Row], to tasks: [TaskDefinition]) throws(RepinningError) {
        let positions = Dictionary(tasks.enumerated().map { ($1.id, $0) }) { first, _ in first }
        let gone = Set(rows.map(\.task)).filter { positions[$0] == nil }.sorted()
        let outside = Dictionary(gone.enumerated().map { ($1, -1 - $0) }) { first, _ in first }
        var placements: [Placement] = []
        var whole: Set<Int> = []
        for row in rows {
            guard let position = positions[row.task] else {
                let place = InstanceKey(task: outside[row.task] ?? -1, mapIndex: row.mapIndex)
                placements.append(Placement(key: place, state: .removed))
                continue
            }
            let key = InstanceKey(task: position, mapIndex: row.mapIndex)
            guard key.isWhole else {
                placements.append(Placement(key: key, state: .removed))
                continue
            }
            // Its row would go when it is expanded, and its attempts with it.
            if tasks[position].mapping != nil, row.hasAttempts { throw .becameMapped(row.task) }
            whole.insert(position)
            placements.append(Placement(key: key, state: .waiting))
        }
        self.placements = placements
        added = tasks.indices.filter { !whole.contains($0) }
    }
}

/// Why a run cannot move to another version of its DAG.
package enum RepinningError: Error, Hashable, Sendable {
    /// The task ran as one and is mapped in the new version.
    case becameMapped(String)
}

extension RepinningError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .becameMapped(let task):
            """
            task '\(task)' ran as one and is mapped today, so what it did would have no place in this run. Trigger a \
            new run instead.
            """
        }
    }
}
