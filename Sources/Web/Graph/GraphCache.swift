import Core
import Synchronization

/// Plans of graphs, by version: a version never changes, so what was laid out once is kept.
final class GraphCache: Sendable {
    private struct Key: Hashable {
        var version: Int
        var around: Int
        var hops: Int?
    }

    private let kept = Mutex<[Key: GraphPlan]>([:])

    /// Holds at most this many; then it begins anew.
    private static let limit = 200

    /// The plan of a version's graph; around a task where the whole is too large or hops are given.
    func plan(version: Int, names: [String], topology: Topology, around task: Int, hops: Int?) -> GraphPlan {
        // Of a graph that is drawn whole it does not matter which task people came for.
        let isWhole = names.count <= GraphPlan.mostNodes && hops == nil
        let key = Key(version: version, around: isWhole ? -1 : task, hops: hops)
        if let known = kept.withLock({ $0[key] }) { return known }
        let plan = GraphPlan(names: names, topology: topology, around: task, hops: hops)
        kept.withLock { kept in
            if kept.count >= Self.limit { kept.removeAll() }
            kept[key] = plan
        }
        return plan
    }
}
