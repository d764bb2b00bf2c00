import Core
import YAML

/// The keys of a mapping, read leniently: what has another shape than it should was complained about already.
struct Fields {
    private let nodes: [String: Node]

    /// Reads a mapping; where a key is missing there, the other mapping's stands in.
    init(_ node: Node?, fallback: Node? = nil) {
        var nodes: [String: Node] = [:]
        for entry in fallback?.entries ?? [] { nodes[entry.key] = entry.value }
        for entry in node?.entries ?? [] { nodes[entry.key] = entry.value }
        self.nodes = nodes
    }

    subscript(key: String) -> Node? { nodes[key] }

    func text(_ key: String) -> String? { nodes[key]?.scalar?.text }

    func boolean(_ key: String) -> Bool? { text(key).map { $0 == "true" } }

    func integer(_ key: String) -> Int? { text(key).flatMap { Int($0) } }

    func number(_ key: String) -> Double? { text(key).flatMap { Double($0) } }

    func duration(_ key: String) -> Duration? { text(key).flatMap { DurationText.parse($0) } }

    /// One text, or the texts of a list, each with its place.
    func scalars(_ key: String) -> [(node: Node, text: String)] { Fields.scalars(nodes[key]) }

    func texts(_ key: String) -> [String] { scalars(key).map(\.text) }

    static func scalars(_ node: Node?) -> [(node: Node, text: String)] {
        guard let node else { return [] }
        return (node.elements ?? [node]).compactMap { element in
            guard let scalar = element.scalar, !scalar.isNothing else { return nil }
            return (element, scalar.text)
        }
    }
}
