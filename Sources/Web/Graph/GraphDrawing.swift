/// A graph of tasks as SVG, each node a link and coloured by its state.
enum GraphDrawing {
    /// A task as it is drawn.
    struct Node: Sendable {
        var name: String
        var path: String
        var badge: Badge
        /// The direct upstream nodes, by their places.
        var upstream: [Int]
    }

    /// More nodes than this are shown as a list only.
    static let mostNodes = 300

    /// Draws a graph; nodes of one colour differ by the glyph before their names.
    static func svg(_ nodes: [Node]) -> String {
        let labels = nodes.map { shortened($0.name) }
        let widths = labels.map { 36 + $0.unicodeScalars.count * 7 }
        let layout = GraphLayout(upstream: nodes.map(\.upstream), widths: widths)
        var html = HTMLText(capacity: nodes.count * 260)
        html.markup("<svg class=\"graph\" width=\"\(layout.width)\" height=\"\(layout.height)\" ")
        html.markup("viewBox=\"0 0 \(layout.width) \(layout.height)\" role=\"group\" aria-label=\"")
        html.text("Graph of \(Quantity.count(nodes.count, "task")); the same as a list follows")
        html.markup("\">")
        var path = ""
        for edge in layout.edges { path += self.path(along: edge) }
        if !path.isEmpty { html.markup("<path class=\"edge\" d=\"\(path)\"/>") }
        for (index, node) in nodes.enumerated() {
            let box = layout.boxes[index]
            html.markup("<a href=\"")
            html.text(node.path)
            html.markup("\"><title>")
            html.text("\(node.name): \(node.badge.word)")
            html.markup("</title><rect class=\"node \(node.badge.css)\" x=\"\(box.x)\" y=\"\(box.y)\" ")
            html.markup("width=\"\(box.width)\" height=\"\(GraphLayout.boxHeight)\" rx=\"4\"/>")
            html.markup("<text x=\"\(box.x + 10)\" y=\"\(box.y + 18)\">")
            html.text("\(node.badge.glyph) \(labels[index])")
            html.markup("</text></a>")
        }
        html.markup("</svg>")
        return html.string
    }

    private static func path(along points: [GraphLayout.Point]) -> String {
        guard let first = points.first else { return "" }
        var text = "M\(first.x) \(first.y)"
        var last = first
        for point in points.dropFirst() where point != last {
            if point.y == last.y {
                text += "H\(point.x)"
            } else if point.x == last.x {
                text += "V\(point.y)"
            } else {
                text += "L\(point.x) \(point.y)"
            }
            last = point
        }
        return text
    }

    private static func shortened(_ name: String) -> String {
        name.count <= 28 ? name : String(name.prefix(27)) + "…"
    }
}
