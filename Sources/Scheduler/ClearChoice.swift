import Core
import Store

/// Which instances of a run a clear means.
struct ClearChoice {
    /// Those that begin anew: they have ended.
    let keys: [InstanceKey]
    /// Mapped tasks whose lists are worked out anew: they are meant as a whole, with those that are `same_as` them, and
    /// nothing of them is under way.
    let collapsed: Set<Int>

    /// Chooses by a request; no tasks mean all.
    init(_ request: ClearRequest, positions: [Int], _ version: LoadedVersion, _ rows: [StoredInstance]) {
        let topology = version.topology
        var spread = Spread(topology: topology)
        for position in request.tasks.isEmpty ? Array(version.dag.tasks.indices) : positions {
            spread.add(position, request.mapIndex.map { [$0] })
        }
        if request.downstream { spread.goDown() }
        if request.upstream { spread.goUp() }
        keys = rows.filter { row in
            guard spread.contains(row.key), row.state != .removed else { return false }
            guard request.onlyFailed else { return row.state.isTerminal }
            return [.failed, .upstreamFailed, .cancelled].contains(row.state)
        }.map(\.key)

        var live: [Int: [StoredInstance]] = [:]
        for row in rows where !row.key.isWhole && row.state != .removed { live[row.key.task, default: []].append(row) }
        let isIdle = { (task: Int) in
            (live[task] ?? []).allSatisfy {
                $0.state.isTerminal || $0.state == .waiting || ($0.state == .queued && !$0.isTaken)
            }
        }
        var collapsed: Set<Int> = []
        for task in live.keys where !request.onlyFailed && topology.counterpart[task] == nil {
            let group = [task] + topology.followers(of: task).filter { live[$0] != nil }
            if group.allSatisfy({ spread.isWhole($0) && isIdle($0) }) { collapsed.formUnion(group) }
        }
        self.collapsed = collapsed
    }
}

/// Tasks and instances, and how they spread along the graph.
private struct Spread {
    let topology: Topology
    /// The map indices that are meant of each task; a nil value: the task as a whole.
    private var chosen: [Int: Set<Int>?] = [:]

    init(topology: Topology) {
        self.topology = topology
    }

    mutating func add(_ task: Int, _ indices: Set<Int>?) {
        guard let indices else {
            chosen[task] = .some(nil)
            return
        }
        switch chosen[task] {
        case .some(.none): break
        case .some(.some(let present)): chosen[task] = present.union(indices)
        case .none: chosen[task] = indices
        }
    }

    mutating func goDown() {
        for task in topology.order {
            guard let indices = chosen[task] else { continue }
            for next in topology.downstream[task] { add(next, topology.counterpart[next] == task ? indices : nil) }
        }
    }

    mutating func goUp() {
        for task in topology.order.reversed() {
            guard let indices = chosen[task] else { continue }
            for next in topology.upstream[task] { add(next, topology.counterpart[task] == next ? indices : nil) }
        }
    }

    func contains(_ key: InstanceKey) -> Bool {
        guard let indices = chosen[key.task] else { return false }
        // What ended before it became instances stands for each of them.
        return key.isWhole || indices?.contains(key.mapIndex) ?? true
    }

    func isWhole(_ task: Int) -> Bool {
        if case .some(.none) = chosen[task] { true } else { false }
    }
}
