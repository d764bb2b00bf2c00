import Core
import Testing

struct TopologyTests {
    private func topology(_ tasks: (String, [String])...) throws -> Topology {
        try Topology(tasks.map { (id: $0.0, needs: $0.1) })
    }

    @Test func `edges and order follow the needs, and the file's order among equals`() throws {
        let graph = try topology(("d", ["b", "c"]), ("a", []), ("b", ["a"]), ("c", ["a"]), ("e", []))
        #expect(graph.upstream == [[2, 3], [], [1], [1], []])
        #expect(graph.downstream == [[], [2, 3], [0], [0], []])
        #expect(graph.order == [1, 4, 2, 3, 0])
        #expect(graph.roots == [1, 4])
        #expect(graph.position(of: "c") == 3)
        #expect(graph.position(of: "x") == nil)
    }

    @Test func `ancestors are found at any distance`() throws {
        let graph = try topology(("a", []), ("b", ["a"]), ("c", ["b"]), ("d", []), ("e", ["c", "d"]))
        #expect(graph.isAncestor(0, of: 4))
        #expect(graph.isAncestor(3, of: 4))
        #expect(!graph.isAncestor(4, of: 0))
        #expect(!graph.isAncestor(3, of: 2))
        #expect(!graph.isAncestor(2, of: 2))
        #expect(
            graph.ancestors(of: 4) == [0, 3, 1, 2] || graph.ancestors(of: 4) == [0, 1, 2, 3]
                || graph.ancestors(of: 4).count == 4
        )
        #expect(graph.descendants(of: 1) == [2, 4])
    }

    @Test func `a cycle is shown as it is written`() {
        #expect(throws: TopologyError.cycle(["a", "c", "b", "a"])) {
            try topology(("x", []), ("a", ["x", "c"]), ("b", ["a"]), ("c", ["b"]), ("y", ["a"]))
        }
        let error = TopologyError.cycle(["a", "c", "b", "a"])
        #expect(error.description == "tasks need each other in a circle: a needs c needs b needs a")
        #expect(throws: TopologyError.cycle(["a", "a"])) { try topology(("a", ["a"])) }
    }

    @Test func `names are checked`() {
        #expect(throws: TopologyError.unknownTask("b", neededBy: "a")) { try topology(("a", ["b"])) }
        #expect(throws: TopologyError.duplicateTask("a")) { try topology(("a", []), ("a", [])) }
    }

    @Test func `ten thousand tasks in a row are no trouble`() throws {
        let tasks = (0..<10_000).map { (id: "t\($0)", needs: $0 == 0 ? [] : ["t\($0 - 1)"]) }
        let graph = try Topology(tasks)
        #expect(graph.order == Array(0..<10_000))
        #expect(graph.isAncestor(0, of: 9_999))
    }
}
