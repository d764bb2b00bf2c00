import Store

/// All instances of a run as one picture: a path for each state, whatever their number.
enum StripMarkup {
    /// As many cells as stand beside each other.
    private static let mostColumns = 250

    /// Draws the states in the file's order; empty where there are fewer than two.
    static func svg(_ states: RunStates, words: String) -> String {
        let cells = states.tasks.flatMap(\.states).map { Badge($0).css }
        guard cells.count > 1 else { return "" }
        let rows = (cells.count + mostColumns - 1) / mostColumns
        let columns = (cells.count + rows - 1) / rows
        var paths: [String: String] = [:]
        var order: [String] = []
        var start = 0
        while start < cells.count {
            let css = cells[start]
            var end = start + 1
            // Equal neighbours of one row are one stroke.
            while end < cells.count, cells[end] == css, end % columns != 0 { end += 1 }
            if paths[css] == nil { order.append(css) }
            paths[css, default: ""] += "M\(start % columns) \(start / columns).5h\(end - start)"
            start = end
        }
        let height = rows == 1 ? 14 : min(rows * 6, 160)
        var html = HTMLText(capacity: cells.count * 4)
        html.markup("<svg class=\"states\" width=\"100%\" height=\"\(height)\" viewBox=\"0 0 \(columns) \(rows)\" ")
        html.markup("preserveAspectRatio=\"none\" role=\"img\" aria-label=\"")
        html.text("All \(Quantity.count(cells.count, "task instance")) in the file's order: \(words)")
        html.markup("\">")
        for css in order { html.markup("<path class=\"\(css)\" d=\"\(paths[css] ?? "")\"/>") }
        html.markup("</svg>")
        return html.string
    }
}
