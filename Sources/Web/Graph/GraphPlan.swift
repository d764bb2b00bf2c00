import Core

/// What of a DAG's graph is drawn, and where: the same for every run of a version.
struct GraphPlan: Sendable {
    /// A box of the drawing: a task, several alike beside each other, or several alike folded into one.
    struct Node: Hashable, Sendable {
        /// Places of its tasks in the DAG's file.
        var tasks: [Int]
        var isFolded: Bool
        /// How many stand beside each other.
        var columns = 1
        var columnWidth = 0
    }

    let nodes: [Node]
    let layout: GraphLayout
    /// The path of all edges, for SVG.
    let edges: String
    /// The tasks that are drawn or folded, and no others, where not all are.
    let selection: [Int]?
    /// Selected tasks that lead to or come from others, with how many.
    let open: [(task: Int, count: Int)]

    /// More boxes than this are not drawn.
    static let mostNodes = 300
    /// So many tasks with the same needs and the same dependents stand in a block, without an edge for each.
    private static let leastBlock = 6
    private static let leastFold = 3
    static let boxHeight = 28
    static let rowGap = 6

    /// Plans the drawing of a whole graph, or of the neighbourhood of one of its tasks where the whole is too large, or
    /// where that is wanted.
    init(names: [String], topology: Topology, around task: Int, hops: Int?) {
        let all = Array(names.indices)
        if hops == nil, let nodes = Self.nodes(of: all, topology, names) {
            self.init(nodes, names, topology, selection: nil)
            return
        }
        for reach in stride(from: hops ?? 2, through: 1, by: -1) {
            let near = Self.neighbourhood(of: task, reach, topology)
            if let nodes = Self.nodes(of: near, topology, names) {
                self.init(nodes, names, topology, selection: near)
                return
            }
        }
        // A task with hundreds of neighbours, all of which differ.
        let near = [task] + topology.upstream[task].prefix(100) + topology.downstream[task].prefix(100)
        self.init(
            near.map { Node(tasks: [$0], isFolded: false, columnWidth: Self.width(names[$0])) },
            names,
            topology,
            selection: near
        )
    }

    private init(_ nodes: [Node], _ names: [String], _ topology: Topology, selection: [Int]?) {
        self.nodes = nodes
        self.selection = selection
        var owner: [Int: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for task in node.tasks { owner[task] = index }
        }
        let upstream = nodes.map { node in
            // All tasks of a node have the same needs.
            Array(Set(topology.upstream[node.tasks[0]].compactMap { owner[$0] })).sorted()
        }
        layout = GraphLayout(upstream: upstream, sizes: nodes.map(\.size))
        edges = layout.edges.map(Self.path).joined()
        open =
            selection?.compactMap { task in
                let near = topology.upstream[task] + topology.downstream[task]
                let count = near.count { owner[$0] == nil }
                return count > 0 ? (task, count) : nil
            } ?? []
    }

    /// The tasks at most so many steps before or after one, in the file's order.
    private static func neighbourhood(of task: Int, _ hops: Int, _ topology: Topology) -> [Int] {
        var found: Set<Int> = [task]
        for edges in [topology.upstream, topology.downstream] {
            var edge: Set<Int> = [task]
            for _ in 0..<hops {
                edge = Set(edge.flatMap { edges[$0] }).subtracting(found)
                found.formUnion(edge)
            }
        }
        return found.sorted()
    }

    /// The boxes for some tasks; nil where there would be too many.
    private static func nodes(of tasks: [Int], _ topology: Topology, _ names: [String]) -> [Node]? {
        struct Likeness: Hashable {
            var upstream: [Int]
            var downstream: [Int]
        }
        let folds = tasks.count > mostNodes
        var places: [Likeness: Int] = [:]
        var groups: [[Int]] = []
        for task in tasks {
            let likeness = Likeness(
                upstream: topology.upstream[task].sorted(),
                downstream: topology.downstream[task].sorted()
            )
            if let place = places[likeness], !(likeness.upstream.isEmpty && likeness.downstream.isEmpty && !folds) {
                groups[place].append(task)
            } else {
                places[likeness] = groups.count
                groups.append([task])
            }
        }
        let nodes = groups.flatMap { group -> [Node] in
            let width = group.map { self.width(names[$0]) }.max() ?? 0
            if folds, group.count >= leastFold {
                return [Node(tasks: group, isFolded: true, columnWidth: self.width(foldName(group, names)))]
            }
            if group.count >= leastBlock {
                let columns = min(6, max(1, Int((Double(group.count) * 60 / Double(width)).squareRoot().rounded(.up))))
                return [Node(tasks: group, isFolded: false, columns: columns, columnWidth: width)]
            }
            return group.map { Node(tasks: [$0], isFolded: false, columnWidth: self.width(names[$0])) }
        }
        return nodes.count <= mostNodes ? nodes : nil
    }

    /// What a folded box is called: its first task and how many more.
    static func foldName(_ tasks: [Int], _ names: [String]) -> String {
        "\(shortened(names[tasks[0]])) and \(Quantity.grouped(tasks.count - 1)) alike"
    }

    /// A name as long as a box may be.
    static func shortened(_ name: String) -> String {
        name.count <= 28 ? name : String(name.prefix(27)) + "…"
    }

    private static func width(_ name: String) -> Int { 36 + min(name.unicodeScalars.count, 48) * 7 }

    private static func path(along points: [GraphLayout.Point]) -> String {
        guard let first = points.first else { return "" }
        var text = "M\(first.x) \(first.y)"
        var last = first
        for point in points.dropFirst() where point != last {
            text += point.y == last.y ? "H\(point.x)" : "V\(point.y)"
            last = point
        }
        return text
    }
}

extension GraphPlan.Node {
    /// Whether it is a block of several boxes.
    var isBlock: Bool { !isFolded && tasks.count > 1 }

    fileprivate var size: GraphLayout.Size {
        guard isBlock else { return GraphLayout.Size(width: columnWidth, height: GraphPlan.boxHeight) }
        let rows = (tasks.count + columns - 1) / columns
        let step = GraphPlan.boxHeight + GraphPlan.rowGap
        return GraphLayout.Size(
            width: columns * (columnWidth + GraphPlan.rowGap) + GraphPlan.rowGap,
            height: rows * step + GraphPlan.rowGap
        )
    }

    /// Where the n-th box of a block stands.
    func place(_ number: Int, in box: GraphLayout.Box) -> (x: Int, y: Int) {
        guard isBlock else { return (box.x, box.y) }
        return (
            box.x + GraphPlan.rowGap + number % columns * (columnWidth + GraphPlan.rowGap),
            box.y + GraphPlan.rowGap + number / columns * (GraphPlan.boxHeight + GraphPlan.rowGap)
        )
    }
}
