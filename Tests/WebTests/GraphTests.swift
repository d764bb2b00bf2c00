import Core
import Testing

@testable import Web

struct GraphTests {
    /// A graph in which each node needs up to three earlier ones.
    private static func random(_ count: Int, seed: UInt64) -> [[Int]] {
        var generator = SplitMix64(seed: seed)
        return (0..<count).map { node in
            node == 0 ? [] : Array(Set((0..<3).map { _ in Int(generator.next() % UInt64(node)) })).sorted()
        }
    }

    private static func overlaps(_ layout: GraphLayout) -> [String] {
        var found: [String] = []
        for first in layout.boxes.indices {
            let box = layout.boxes[first]
            for second in layout.boxes.indices where second > first {
                let other = layout.boxes[second]
                let isApart =
                    box.x + box.width <= other.x || other.x + other.width <= box.x
                    || box.y + box.height <= other.y || other.y + other.height <= box.y
                if !isApart { found.append("\(first) and \(second)") }
            }
        }
        return found
    }

    @Test(arguments: [1, 2, 3, 4, 5])
    func `no two boxes overlap, and every edge leads down`(seed: UInt64) {
        let count = 300
        let upstream = Self.random(count, seed: seed)
        let sizes = (0..<count).map { GraphLayout.Size(width: 60 + $0 % 90, height: 28 + $0 % 3 * 40) }
        let layout = GraphLayout(upstream: upstream, sizes: sizes)
        #expect(Self.overlaps(layout).isEmpty)
        for box in layout.boxes {
            #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= layout.width)
            #expect(box.y + box.height <= layout.height)
        }
        for edge in layout.edges {
            for (from, to) in zip(edge, edge.dropFirst()) {
                #expect(from.y <= to.y)
                #expect(from.x == to.x || from.y == to.y)
            }
        }
        #expect(layout.edges.count == upstream.reduce(0) { $0 + $1.count })
        #expect(layout == GraphLayout(upstream: upstream, sizes: sizes), "the same graph looks the same")
    }

    @Test func `edges begin and end at their boxes`() {
        let sizes = [50, 60, 70].map { GraphLayout.Size(width: $0, height: 28) }
        let layout = GraphLayout(upstream: [[], [0], [0, 1]], sizes: sizes)
        for (edge, pair) in zip(layout.edges, [(0, 1), (0, 2), (1, 2)]) {
            let from = layout.boxes[pair.0]
            let to = layout.boxes[pair.1]
            #expect(edge.first?.y == from.y + from.height && edge.last?.y == to.y)
            #expect((from.x...from.x + from.width).contains(edge.first?.x ?? -1))
            #expect((to.x...to.x + to.width).contains(edge.last?.x ?? -1))
        }
    }

    @Test func `a graph of nothing and of one node can be drawn`() {
        #expect(GraphLayout(upstream: [], sizes: []).edges.isEmpty)
        #expect(GraphLayout(upstream: [[]], sizes: [.init(width: 40, height: 28)]).boxes.count == 1)
    }

    /// A start, so many tasks after it, and a join.
    private static func fan(_ width: Int) -> [(id: String, needs: [String])] {
        let parts = (1...width).map { "part_\($0)" }
        return [("start", [])] + parts.map { ($0, ["start"]) } + [("join", parts)]
    }

    private static func plan(
        _ tasks: [(id: String, needs: [String])],
        around: Int = 0,
        hops: Int? = nil
    ) throws -> GraphPlan {
        GraphPlan(names: tasks.map(\.id), topology: try Topology(tasks), around: around, hops: hops)
    }

    @Test func `tasks that are alike stand in one block, with one edge to it and one from it`() throws {
        let plan = try Self.plan(Self.fan(40))
        #expect(plan.nodes.count == 3)
        #expect(plan.layout.edges.count == 2)
        #expect(plan.nodes[1].isBlock && plan.nodes[1].tasks.count == 40)
        let box = plan.layout.boxes[1]
        let places = (0..<40).map { plan.nodes[1].place($0, in: box) }
        #expect(Set(places.map { "\($0.x) \($0.y)" }).count == 40)
        for place in places {
            #expect(place.x > box.x && place.x + plan.nodes[1].columnWidth < box.x + box.width)
            #expect(place.y > box.y && place.y + GraphPlan.boxHeight < box.y + box.height)
        }
    }

    @Test func `more than 300 tasks are folded where they are alike`() throws {
        let plan = try Self.plan(Self.fan(5_000))
        #expect(plan.nodes.count == 3)
        #expect(plan.selection == nil)
        #expect(plan.nodes[1].isFolded)
    }

    @Test func `of more than 300 that differ, the neighbourhood is drawn, and what leads on is named`() throws {
        let tasks = Self.random(5_000, seed: 7).enumerated().map { node, needs in
            (id: "t\(node)", needs: needs.map { "t\($0)" })
        }
        let plan = try Self.plan(tasks, around: 4_000)
        let selection = try #require(plan.selection)
        #expect(selection.contains(4_000))
        #expect(plan.nodes.count <= GraphPlan.mostNodes)
        #expect(!plan.open.isEmpty)
        #expect(Self.overlaps(plan.layout).isEmpty)
        let topology = try Topology(tasks)
        for near in topology.upstream[4_000] + topology.downstream[4_000] { #expect(selection.contains(near)) }
    }

    @Test func `names in a drawing are escaped`() throws {
        let plan = try Self.plan([(id: "a", needs: []), (id: "b", needs: ["a"])])
        let svg = GraphDrawing(
            plan: plan,
            names: ["<b>\"", "b"],
            badges: [.failed, .success],
            path: { _ in "/x\"y" },
            around: { _ in "/z" }
        ).svg()
        #expect(svg.contains("&lt;b&gt;&quot;"))
        #expect(!svg.contains("<b>"))
        #expect(svg.contains("href=\"/x&quot;y\""))
    }
}
