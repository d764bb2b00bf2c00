/// The shape of a DAG's graph, by the tasks' positions in the file: built once for each version.
package struct Topology: Hashable, Sendable {
    /// For each task, the tasks it needs.
    package let upstream: [[Int]]
    /// For each task, the tasks that need it.
    package let downstream: [[Int]]
    /// For each task, the one that it is `same_as`, if any.
    ///
    /// That one is among those it needs, and each of its instances needs the one of the same map index only.
    package let counterpart: [Int?]
    /// All tasks, each after everything it needs; among equals the file's order.
    package let order: [Int]
    private let positions: [String: Int]
    private let ranks: [Int]

    /// Derives the shape.
    /// - Throws: What makes the graph none: a name that does not exist or a cycle.
    package init(_ tasks: [TaskDefinition]) throws(TopologyError) {
        try self.init(
            tasks.map { (id: $0.id, needs: $0.needs) },
            counterparts: tasks.map { task in
                if case .counterpart(let other) = task.mapping { other } else { nil }
            }
        )
    }

    /// Derives the shape from names alone.
    package init(_ tasks: [(id: String, needs: [String])]) throws(TopologyError) {
        try self.init(tasks, counterparts: Array(repeating: nil, count: tasks.count))
    }

    private init(_ tasks: [(id: String, needs: [String])], counterparts: [String?]) throws(TopologyError) {
        var positions: [String: Int] = [:]
        positions.reserveCapacity(tasks.count)
        for (position, task) in tasks.enumerated() where positions.updateValue(position, forKey: task.id) != nil {
            throw .duplicateTask(task.id)
        }
        var upstream = Array(repeating: [Int](), count: tasks.count)
        var downstream = upstream
        for (position, task) in tasks.enumerated() {
            for name in task.needs {
                guard let needed = positions[name] else { throw .unknownTask(name, neededBy: task.id) }
                upstream[position].append(needed)
                downstream[needed].append(position)
            }
        }
        let order = Topology.sort(upstream: upstream, downstream: downstream)
        guard order.count == tasks.count else {
            throw .cycle(Topology.cycle(upstream: upstream, sorted: order).map { tasks[$0].id })
        }
        var ranks = Array(repeating: 0, count: tasks.count)
        for (rank, position) in order.enumerated() { ranks[position] = rank }
        self.upstream = upstream
        self.downstream = downstream
        counterpart = counterparts.enumerated().map { position, name in
            name.flatMap { positions[$0] }.flatMap { upstream[position].contains($0) ? $0 : nil }
        }
        self.order = order
        self.positions = positions
        self.ranks = ranks
    }

    /// The position of the task of that name; nil where there is none.
    package func position(of id: String) -> Int? { positions[id] }

    /// Whether a task is `same_as` another, or as one that is, and so on: its instances then know the other's.
    package func isCounterpart(_ other: Int, of task: Int) -> Bool {
        var position = counterpart[task]
        while let present = position {
            if present == other { return true }
            position = counterpart[present]
        }
        return false
    }

    /// The tasks that follow a mapped one instance by instance, directly or through others.
    package func followers(of task: Int) -> [Int] {
        downstream[task].filter { counterpart[$0] == task }.flatMap { [$0] + followers(of: $0) }
    }

    /// Tasks that need nothing.
    package var roots: [Int] { upstream.indices.filter { upstream[$0].isEmpty } }

    /// Says whether one task comes before another, directly or through others.
    package func isAncestor(_ ancestor: Int, of task: Int) -> Bool {
        guard ranks[ancestor] < ranks[task] else { return false }
        if upstream[task].contains(ancestor) { return true }
        var isSeen = Array(repeating: false, count: ranks.count)
        var pending = upstream[task]
        while let position = pending.popLast() {
            if position == ancestor { return true }
            // Nothing of a lower rank can come after the one that is sought.
            guard ranks[position] > ranks[ancestor], !isSeen[position] else { continue }
            isSeen[position] = true
            pending += upstream[position]
        }
        return false
    }

    /// Everything that comes before a task, in topological order.
    package func ancestors(of task: Int) -> [Int] { reach(from: [task], by: upstream) }

    /// Everything that comes after a task, in topological order.
    package func descendants(of task: Int) -> [Int] { descendants(of: [task]) }

    /// Everything that comes after any of some tasks, in topological order; one of them is among it where it comes after
    /// another.
    package func descendants(of tasks: some Sequence<Int>) -> [Int] { reach(from: tasks, by: downstream) }

    /// For each task, whether it comes after the given one: for asking about many.
    package func isDescendant(of task: Int) -> [Bool] {
        var isReached = Array(repeating: false, count: ranks.count)
        var pending = downstream[task]
        while let position = pending.popLast() {
            guard !isReached[position] else { continue }
            isReached[position] = true
            pending += downstream[position]
        }
        return isReached
    }

    private func reach(from tasks: some Sequence<Int>, by edges: [[Int]]) -> [Int] {
        var seen: Set<Int> = []
        var pending = tasks.flatMap { edges[$0] }
        while let position = pending.popLast() {
            if seen.insert(position).inserted { pending += edges[position] }
        }
        return seen.sorted { ranks[$0] < ranks[$1] }
    }

    /// Kahn's algorithm; tasks on a cycle or behind one are left out.
    private static func sort(upstream: [[Int]], downstream: [[Int]]) -> [Int] {
        var missing = upstream.map(\.count)
        var order = missing.indices.filter { missing[$0] == 0 }
        order.reserveCapacity(missing.count)
        var next = 0
        while next < order.count {
            for position in downstream[order[next]] {
                missing[position] -= 1
                if missing[position] == 0 { order.append(position) }
            }
            next += 1
        }
        return order
    }

    /// One cycle, as it is written in `needs`: each needs the next, and the last is the first.
    private static func cycle(upstream: [[Int]], sorted: [Int]) -> [Int] {
        var isSorted = Array(repeating: false, count: upstream.count)
        for position in sorted { isSorted[position] = true }
        guard var position = isSorted.firstIndex(of: false) else { return [] }
        var path: [Int] = []
        var place = Array(repeating: -1, count: upstream.count)
        while place[position] < 0 {
            place[position] = path.count
            path.append(position)
            // What is left over needs at least one other that is left over, else it would have been sorted.
            guard let next = upstream[position].first(where: { !isSorted[$0] }) else { return path }
            position = next
        }
        return path[place[position]...] + [position]
    }
}

/// Why tasks do not form a graph without cycles.
package enum TopologyError: Error, Hashable, Sendable {
    case duplicateTask(String)
    case unknownTask(String, neededBy: String)
    /// Each needs the next; the last is the first again.
    case cycle([String])
}

extension TopologyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .duplicateTask(let id): "there are two tasks '\(id)'"
        case .unknownTask(let id, let task): "unknown task '\(id)' in needs of '\(task)'"
        case .cycle(let path) where path.count == 2: "task '\(path[0])' needs itself"
        case .cycle(let path):
            "tasks need each other in a circle: "
                + (path.count > 12 ? path[..<10] + ["…"] + path[(path.count - 1)...] : path[...])
                .joined(separator: " needs ")
        }
    }
}
