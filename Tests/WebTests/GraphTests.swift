import Testing

@testable import Web

struct GraphTests {
    @Test(arguments: [1, 2, 3, 4, 5])
    func `no two boxes overlap, and every edge leads forward`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let count = 300
        let upstream = (0..<count).map { node in
            node == 0 ? [] : Array(Set((0..<3).map { _ in Int(generator.next() % UInt64(node)) })).sorted()
        }
        let layout = GraphLayout(upstream: upstream, widths: (0..<count).map { 60 + $0 % 90 })
        for first in 0..<count {
            let box = layout.boxes[first]
            #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= layout.width)
            #expect(box.y + GraphLayout.boxHeight <= layout.height)
            for second in (first + 1)..<count {
                let other = layout.boxes[second]
                let isApart =
                    box.x + box.width <= other.x || other.x + other.width <= box.x
                    || box.y + GraphLayout.boxHeight <= other.y || other.y + GraphLayout.boxHeight <= box.y
                #expect(isApart, "\(first) and \(second)")
            }
        }
        for edge in layout.edges {
            for (from, to) in zip(edge, edge.dropFirst()) {
                #expect(from.x <= to.x)
                #expect(from.x == to.x || from.y == to.y)
            }
        }
        #expect(layout.edges.count == upstream.reduce(0) { $0 + $1.count })
    }

    @Test func `edges begin and end at their boxes`() {
        let layout = GraphLayout(upstream: [[], [0], [0, 1]], widths: [50, 60, 70])
        for (edge, pair) in zip(layout.edges, [(0, 1), (0, 2), (1, 2)]) {
            let from = layout.boxes[pair.0]
            let to = layout.boxes[pair.1]
            #expect(edge.first == .init(x: from.x + from.width, y: from.y + GraphLayout.boxHeight / 2))
            #expect(edge.last == .init(x: to.x, y: to.y + GraphLayout.boxHeight / 2))
        }
    }

    @Test func `a graph of nothing and of one node can be drawn`() {
        #expect(GraphLayout(upstream: [], widths: []).edges.isEmpty)
        #expect(GraphLayout(upstream: [[]], widths: [40]).boxes.count == 1)
    }

    @Test func `names in a drawing are escaped`() {
        let node = GraphDrawing.Node(name: "<b>\"", path: "/x\"y", badge: .failed, upstream: [])
        let svg = GraphDrawing.svg([node])
        #expect(svg.contains("&lt;b&gt;&quot;"))
        #expect(!svg.contains("<b>"))
        #expect(svg.contains("href=\"/x&quot;y\""))
    }
}
