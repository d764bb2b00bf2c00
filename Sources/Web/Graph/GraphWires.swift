/// A graph with every edge cut into pieces from one layer to the next, by points that stand for its passing.
struct GraphWires {
    /// The layer of nodes, then of passing points.
    private(set) var layer: [Int]
    /// Predecessors in the layer before.
    private(set) var before: [[Int]]
    /// For each edge its nodes and passing points, first to last.
    private(set) var chains: [[Int]] = []
    let nodeCount: Int

    /// How often the layers are put in order by their neighbours' places.
    private static let sweeps = 4

    init(upstream: [[Int]], layers: [Int]) {
        layer = layers
        before = [[Int]](repeating: [], count: layers.count)
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

    /// Successors in the layer after.
    var after: [[Int]] {
        var after = [[Int]](repeating: [], count: layer.count)
        for (point, points) in before.enumerated() {
            for earlier in points { after[earlier].append(point) }
        }
        return after
    }

    /// The points of each layer, ordered so that few edges cross.
    func orderedRows() -> [[Int]] {
        var rows = [[Int]](repeating: [], count: (layer.max() ?? -1) + 1)
        for (point, layer) in layer.enumerated() { rows[layer].append(point) }
        let after = after
        var place = [Double](repeating: 0, count: layer.count)
        for row in rows {
            for (index, point) in row.enumerated() { place[point] = Double(index) }
        }
        for sweep in 0..<Self.sweeps {
            let isDown = sweep.isMultiple(of: 2)
            for row in isDown ? Array(rows.indices) : rows.indices.reversed() {
                let neighbours = isDown ? before : after
                let middles = rows[row].map { point -> Double in
                    let near = neighbours[point]
                    return near.isEmpty ? place[point] : near.reduce(0) { $0 + place[$1] } / Double(near.count)
                }
                let sorted = zip(rows[row], middles).enumerated()
                    .sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }
                rows[row] = sorted.map(\.element.0)
                for (index, point) in rows[row].enumerated() { place[point] = Double(index) }
            }
        }
        return rows
    }
}

/// Which horizontal line each piece of an edge takes between its layers.
///
/// Pieces from one source share one, and so do pieces to one target that many others lead to.
struct GraphTracks {
    private(set) var counts: [Int]
    /// By chain, then by piece.
    private(set) var numbers: [[Int]] = []

    init(_ wires: GraphWires, middles: [Int], rows: Int) {
        var leaving = [Int](repeating: 0, count: wires.layer.count)
        for points in wires.before {
            for point in points { leaving[point] += 1 }
        }
        counts = [Int](repeating: 0, count: rows)
        var spans = [[Int: ClosedRange<Int>]](repeating: [:], count: rows)
        var keys: [[Int?]] = []
        for chain in wires.chains {
            var pieces: [Int?] = []
            for (from, to) in zip(chain, chain.dropFirst()) {
                let (left, right) = (min(middles[from], middles[to]), max(middles[from], middles[to]))
                guard left < right else {
                    pieces.append(nil)
                    continue
                }
                // Targets have keys below zero.
                let key = wires.before[to].count > leaving[from] ? -1 - to : from
                let known = spans[wires.layer[from]][key] ?? left...right
                spans[wires.layer[from]][key] = min(known.lowerBound, left)...max(known.upperBound, right)
                pieces.append(key)
            }
            keys.append(pieces)
        }
        let tracks = spans.map(Self.packed)
        counts = tracks.map { ($0.values.max() ?? -1) + 1 }
        numbers = zip(wires.chains, keys).map { chain, pieces in
            zip(chain, pieces).map { from, key in key.flatMap { tracks[wires.layer[from]][$0] } ?? 0 }
        }
    }

    /// Lines that lie beside each other share a track.
    private static func packed(_ spans: [Int: ClosedRange<Int>]) -> [Int: Int] {
        var tracks: [Int: Int] = [:]
        var ends: [Int] = []
        for (key, span) in spans.sorted(by: { ($0.value.lowerBound, $0.key) < ($1.value.lowerBound, $1.key) }) {
            let track = ends.firstIndex { $0 + 8 < span.lowerBound } ?? ends.count
            if track == ends.count { ends.append(0) }
            ends[track] = span.upperBound
            tracks[key] = track
        }
        return tracks
    }
}
