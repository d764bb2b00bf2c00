/// A graph of tasks as SVG, each box a link and coloured by its state.
struct GraphDrawing {
    let plan: GraphPlan
    /// Names of all tasks, in the file's order.
    let names: [String]
    /// Their states; empty where no run is shown.
    let badges: [Badge]
    /// The address of a task.
    let path: (Int) -> String
    /// The address of the graph around a task.
    let around: (Int) -> String

    /// The boxes' order of importance: what a folded box shows.
    private static let worst = [
        "failed", "blocked", "retrying", "running", "queued", "waiting", "cancelled", "success", "skipped",
    ]

    /// Draws it; boxes of one colour differ by the glyph before their names.
    func svg() -> String {
        let layout = plan.layout
        var html = HTMLText(capacity: names.count * 260)
        html.markup("<svg class=\"graph\" width=\"\(layout.width)\" height=\"\(layout.height)\" ")
        html.markup("viewBox=\"0 0 \(layout.width) \(layout.height)\" role=\"group\" aria-label=\"")
        html.text(
            "Graph of \(Quantity.count(plan.selection?.count ?? names.count, "task")); the same as a list follows"
        )
        html.markup("\">")
        if !plan.edges.isEmpty { html.markup("<path class=\"edge\" d=\"\(plan.edges)\"/>") }
        for (node, box) in zip(plan.nodes, layout.boxes) {
            if node.isFolded {
                folded(node, box, into: &html)
                continue
            }
            if node.isBlock {
                html.markup("<rect class=\"block\" x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(box.width)\" ")
                html.markup("height=\"\(box.height)\" rx=\"6\"/>")
            }
            for (number, task) in node.tasks.enumerated() {
                let place = node.place(number, in: box)
                draw(
                    GraphPlan.shortened(names[task]),
                    badges.isEmpty ? nil : badges[task],
                    title: names[task],
                    link: path(task),
                    at: place,
                    width: node.columnWidth,
                    into: &html
                )
            }
        }
        html.markup("</svg>")
        return html.string
    }

    private func folded(_ node: GraphPlan.Node, _ box: GraphLayout.Box, into html: inout HTMLText) {
        var counts: [String: (badge: Badge, count: Int)] = [:]
        if !badges.isEmpty {
            for task in node.tasks { counts[badges[task].css, default: (badges[task], 0)].count += 1 }
        }
        let ranked = Self.worst.compactMap { counts[$0] }
        let words = ranked.map { "\(Quantity.grouped($0.count)) \($0.badge.word.lowercased())" }
        let title = "\(Quantity.count(node.tasks.count, "task")) with the same needs and dependents"
        draw(
            GraphPlan.foldName(node.tasks, names),
            ranked.first?.badge,
            title: words.isEmpty ? title : "\(title): \(words.joined(separator: ", "))",
            link: around(node.tasks[0]),
            at: (box.x, box.y),
            width: box.width,
            isFolded: true,
            into: &html
        )
    }

    private func draw(
        _ label: String,
        _ badge: Badge?,
        title: String,
        link: String,
        at place: (x: Int, y: Int),
        width: Int,
        isFolded: Bool = false,
        into html: inout HTMLText
    ) {
        html.markup("<a href=\"")
        html.text(link)
        html.markup("\"><title>")
        html.text(badge.map { isFolded ? title : "\(title): \($0.word)" } ?? title)
        html.markup("</title><rect class=\"node \(badge?.css ?? "plain")\(isFolded ? " fold" : "")\" ")
        html.markup("x=\"\(place.x)\" y=\"\(place.y)\" width=\"\(width)\" height=\"\(GraphPlan.boxHeight)\" rx=\"4\"/>")
        html.markup("<text x=\"\(place.x + 10)\" y=\"\(place.y + 18)\">")
        html.text(badge.map { "\($0.glyph) \(label)" } ?? label)
        html.markup("</text></a>")
    }
}
