/// Where the nodes and edges of a graph are drawn: layers from left to right, edges at right angles.
struct GraphLayout: Hashable, Sendable {
    /// A node's box.
    struct Box: Hashable, Sendable {
        var x: Int
        var y: Int
        var width: Int
    }

    /// Boxes by node.
    private(set) var boxes: [Box]
    /// The corners of each edge, in no order.
    private(set) var edges: [[Point]] = []
    private(set) var width = 0
    private(set) var height = 0

    /// A corner of an edge.
    struct Point: Hashable, Sendable {
        var x: Int
        var y: Int
    }

    static let boxHeight = 28
    private static let rowGap = 12
    private static let trackGap = 6
    private static let margin = 8
    /// How often the layers are put in order by their neighbours' places.
    private static let sweeps = 4

    /// Lays out a graph without cycles; `upstream` holds each node's direct predecessors, `widths` their boxes' widths.
    init(upstream: [[Int]], widths: [Int]) {
        boxes = widths.map { Box(x: 0, y: 0, width: $0) }
        let layers = Self.layers(upstream)
        let wires = Wires(upstream: upstream, layers: layers)
        let columns = Self.ordered(wires)
        place(columns, wires: wires, widths: widths)
    }

    // MARK: - Layers

    /// The longest path to each node from one that needs nothing.
    static func layers(_ upstream: [[Int]]) -> [Int] {
        var layer = [Int](repeating: 0, count: upstream.count)
        var waiting = upstream.map(\.count)
        var downstream = [[Int]](repeating: [], count: upstream.count)
        for (node, needs) in upstream.enumerated() {
            for need in needs { downstream[need].append(node) }
        }
        var ready = upstream.indices.filter { waiting[$0] == 0 }
        while let node = ready.popLast() {
            for next in downstream[node] {
                layer[next] = max(layer[next], layer[node] + 1)
                waiting[next] -= 1
                if waiting[next] == 0 { ready.append(next) }
            }
        }
        return layer
    }

    /// The graph with every edge cut into pieces from one layer to the next, by points that stand for its passing.
    struct Wires {
        /// The layer of nodes, then of passing points.
        var layer: [Int]
        /// Predecessors in the layer before.
        var before: [[Int]]
        /// For each edge its nodes and passing points, first to last.
        var chains: [[Int]]
        let nodeCount: Int

        init(upstream: [[Int]], layers: [Int]) {
            layer = layers
            before = [[Int]](repeating: [], count: layers.count)
            chains = []
            nodeCount = layers.count
            for (node, needs) in upstream.enumerated() {
                for need in needs {
                    var chain = [need]
                    for passing in (layers[need] + 1)..<max(layers[node], layers[need] + 1) {
                        layer.append(passing)
                        before.append([chain[chain.count - 1]])
                        chain.append(layer.count - 1)
                    }
                    before[node].append(chain[chain.count - 1])
                    chains.append(chain + [node])
                }
            }
        }
    }

    // MARK: - Order

    private static func ordered(_ wires: Wires) -> [[Int]] {
        var columns = [[Int]](repeating: [], count: (wires.layer.max() ?? -1) + 1)
        for (point, layer) in wires.layer.enumerated() { columns[layer].append(point) }
        var after = [[Int]](repeating: [], count: wires.layer.count)
        for (point, points) in wires.before.enumerated() {
            for earlier in points { after[earlier].append(point) }
        }
        var place = [Double](repeating: 0, count: wires.layer.count)
        for column in columns {
            for (index, point) in column.enumerated() { place[point] = Double(index) }
        }
        for sweep in 0..<sweeps {
            let isForward = sweep.isMultiple(of: 2)
            let order = isForward ? Array(columns.indices) : columns.indices.reversed()
            for column in order {
                let neighbours = isForward ? wires.before : after
                let middles = columns[column].map { point -> Double in
                    let near = neighbours[point]
                    return near.isEmpty ? place[point] : near.reduce(0) { $0 + place[$1] } / Double(near.count)
                }
                let sorted = zip(columns[column], middles).enumerated()
                    .sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }
                columns[column] = sorted.map(\.element.0)
                for (index, point) in columns[column].enumerated() { place[point] = Double(index) }
            }
        }
        return columns
    }

    // MARK: - Places

    private mutating func place(_ columns: [[Int]], wires: Wires, widths: [Int]) {
        var middles = [Int](repeating: 0, count: wires.layer.count)
        let rows = columns.map { Self.height(of: $0, nodeCount: wires.nodeCount) }
        height = (rows.max() ?? 0) + 2 * Self.margin
        for (column, points) in columns.enumerated() {
            var y = Self.margin + (height - 2 * Self.margin - rows[column]) / 2
            for point in points {
                let size = point < wires.nodeCount ? Self.boxHeight : Self.trackGap
                middles[point] = y + size / 2
                if point < wires.nodeCount { boxes[point].y = y }
                y += size + Self.rowGap
            }
        }
        let tracks = Self.tracks(wires, middles: middles, columns: columns.count)
        var x = Self.margin
        var lefts: [Int] = []
        var rights: [Int] = []
        for (column, points) in columns.enumerated() {
            let nodes = points.filter { $0 < wires.nodeCount }
            for node in nodes { boxes[node].x = x }
            lefts.append(x)
            x += nodes.map { widths[$0] }.max() ?? 0
            rights.append(x)
            x += 24 + tracks.counts[column] * Self.trackGap
        }
        width = (rights.last ?? 0) + Self.margin
        for (index, chain) in wires.chains.enumerated() {
            edges.append(corners(of: chain, index: index, wires, middles, tracks, lefts: lefts, rights: rights))
        }
    }

    private static func height(of column: [Int], nodeCount: Int) -> Int {
        let sizes = column.map { $0 < nodeCount ? boxHeight : trackGap }
        return sizes.reduce(0, +) + max(0, column.count - 1) * rowGap
    }

    /// Which vertical line each piece of an edge takes between its layers.
    ///
    /// Pieces from one source share one, and so do pieces to one target that many others lead to.
    private struct Tracks {
        var counts: [Int]
        /// By chain, then by piece.
        var numbers: [[Int]]
    }

    private static func tracks(_ wires: Wires, middles: [Int], columns: Int) -> Tracks {
        var leaving = [Int](repeating: 0, count: wires.layer.count)
        for points in wires.before {
            for point in points { leaving[point] += 1 }
        }
        var known = [[Int: Int]](repeating: [:], count: columns)
        var tracks = Tracks(counts: [Int](repeating: 0, count: columns), numbers: [])
        for chain in wires.chains {
            var numbers: [Int] = []
            for (from, to) in zip(chain, chain.dropFirst()) {
                let column = wires.layer[from]
                if middles[from] == middles[to] {
                    numbers.append(0)
                    continue
                }
                // Targets have keys below zero.
                let key = wires.before[to].count > leaving[from] ? -1 - to : from
                let number = known[column][key] ?? tracks.counts[column]
                if known[column][key] == nil {
                    known[column][key] = number
                    tracks.counts[column] += 1
                }
                numbers.append(number)
            }
            tracks.numbers.append(numbers)
        }
        return tracks
    }

    private func corners(
        of chain: [Int],
        index: Int,
        _ wires: Wires,
        _ middles: [Int],
        _ tracks: Tracks,
        lefts: [Int],
        rights: [Int]
    ) -> [Point] {
        let first = chain[0]
        var points = [Point(x: boxes[first].x + boxes[first].width, y: middles[first])]
        for (piece, (from, to)) in zip(chain, chain.dropFirst()).enumerated() {
            let turn = rights[wires.layer[from]] + 12 + tracks.numbers[index][piece] * Self.trackGap
            if middles[from] != middles[to] {
                points.append(Point(x: turn, y: middles[from]))
                points.append(Point(x: turn, y: middles[to]))
            }
            points.append(Point(x: lefts[wires.layer[to]], y: middles[to]))
        }
        return points
    }
}
