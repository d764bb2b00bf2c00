/// Where the nodes and edges of a graph are drawn: layers from top to bottom, edges at right angles.
///
/// A pure function of its arguments, so that the same graph always looks the same.
struct GraphLayout: Hashable, Sendable {
    /// A node's box.
    struct Box: Hashable, Sendable {
        var x: Int
        var y: Int
        var width: Int
        var height: Int
    }

    /// A corner of an edge.
    struct Point: Hashable, Sendable {
        var x: Int
        var y: Int
    }

    /// The size of a node.
    struct Size: Hashable, Sendable {
        var width: Int
        var height: Int
    }

    /// Boxes by node.
    private(set) var boxes: [Box]
    /// The corners of each edge, in the order of the nodes and of what each needs.
    private(set) var edges: [[Point]] = []
    private(set) var width = 0
    private(set) var height = 0

    private static let gap = 16
    private static let trackGap = 6
    private static let passing = 6
    private static let margin = 8

    /// Lays out a graph without cycles; `upstream` holds each node's direct predecessors.
    init(upstream: [[Int]], sizes: [Size]) {
        boxes = sizes.map { Box(x: 0, y: 0, width: $0.width, height: $0.height) }
        let layers = Self.layers(upstream)
        let wires = GraphWires(upstream: upstream, layers: layers)
        let rows = wires.orderedRows()
        place(rows, wires: wires, sizes: sizes)
    }

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

    // MARK: - Places

    private mutating func place(_ rows: [[Int]], wires: GraphWires, sizes: [Size]) {
        let widths = wires.layer.indices.map { $0 < wires.nodeCount ? sizes[$0].width : Self.passing }
        let middles = Self.middles(rows, wires: wires, widths: widths)
        let tracks = GraphTracks(wires, middles: middles, rows: rows.count)
        var y = Self.margin
        var tops: [Int] = []
        var bottoms: [Int] = []
        for (row, points) in rows.enumerated() {
            tops.append(y)
            for node in points where node < wires.nodeCount {
                boxes[node].x = middles[node] - sizes[node].width / 2
                boxes[node].y = y
            }
            y += points.map { $0 < wires.nodeCount ? sizes[$0].height : 0 }.max() ?? 0
            bottoms.append(y)
            y += 20 + tracks.counts[row] * Self.trackGap
        }
        height = (bottoms.last ?? 0) + Self.margin
        width = zip(middles, widths).map { $0 + ($1 + 1) / 2 }.max().map { $0 + Self.margin } ?? 0
        for (index, chain) in wires.chains.enumerated() {
            edges.append(corners(of: chain, tracks.numbers[index], wires, middles, tops: tops, bottoms: bottoms))
        }
    }

    /// The middles of all points from left to right: each as near to its neighbours in the rows before and after as the
    /// order within its row allows.
    private static func middles(_ rows: [[Int]], wires: GraphWires, widths: [Int]) -> [Int] {
        let after = wires.after
        var middles = [Double](repeating: 0, count: wires.layer.count)
        for sweep in 0..<4 {
            let isDown = sweep.isMultiple(of: 2)
            for row in isDown ? Array(rows.indices) : rows.indices.reversed() {
                let points = rows[row]
                let wishes = points.map { point -> Double in
                    let near = (isDown ? wires.before : after)[point]
                    return near.isEmpty ? middles[point] : near.reduce(0) { $0 + middles[$1] } / Double(near.count)
                }
                for (point, middle) in zip(points, spread(wishes, widths: points.map { widths[$0] })) {
                    middles[point] = middle
                }
            }
        }
        let left = zip(middles, widths).map { $0 - Double($1) / 2 }.min() ?? 0
        return middles.map { Int(($0 - left).rounded()) + margin + 1 }
    }

    /// The places that are nearest to the wished ones, in the given order and without touching each other.
    private static func spread(_ wishes: [Double], widths: [Int]) -> [Double] {
        guard !wishes.isEmpty else { return [] }
        var offsets = [0.0]
        for index in widths.indices.dropFirst() {
            offsets.append(offsets[index - 1] + Double(widths[index - 1] + widths[index]) / 2 + Double(gap))
        }
        // Neighbours that would overlap stand together at the mean of their wishes.
        var groups: [(sum: Double, count: Int)] = []
        for (wish, offset) in zip(wishes, offsets) {
            groups.append((wish - offset, 1))
            while groups.count > 1 {
                let (last, before) = (groups[groups.count - 1], groups[groups.count - 2])
                guard last.sum / Double(last.count) < before.sum / Double(before.count) else { break }
                groups.removeLast(2)
                groups.append((before.sum + last.sum, before.count + last.count))
            }
        }
        let values = groups.flatMap { Array(repeating: $0.sum / Double($0.count), count: $0.count) }
        return zip(values, offsets).map { $0 + $1 }
    }

    private func corners(
        of chain: [Int],
        _ tracks: [Int],
        _ wires: GraphWires,
        _ middles: [Int],
        tops: [Int],
        bottoms: [Int]
    ) -> [Point] {
        let first = chain[0]
        var points = [Point(x: middles[first], y: boxes[first].y + boxes[first].height)]
        for (piece, (from, to)) in zip(chain, chain.dropFirst()).enumerated() {
            let turn = bottoms[wires.layer[from]] + 10 + tracks[piece] * Self.trackGap
            if middles[from] != middles[to] {
                points.append(Point(x: middles[from], y: turn))
                points.append(Point(x: middles[to], y: turn))
            }
            points.append(Point(x: middles[to], y: tops[wires.layer[to]]))
        }
        return points
    }
}
