import Core
import Store

/// The table of tasks and runs, written directly: it has too many cells for a template.
enum GridMarkup {
    /// The columns' heads, each with a bar as high as the run was long.
    static func heads(_ runs: [RunRecord], now: Timestamp) -> [GridHeadView] {
        let lengths = runs.map { run in run.startedAt.map { (run.endedAt ?? now) - $0 } ?? .zero }
        let longest = max(lengths.max() ?? .zero, .milliseconds(1))
        return zip(runs, lengths).map { run, length in
            let height = max(2, Int((length / longest * 32).rounded()))
            let date = LocalTime(run.logicalDate, offset: 0).date
            let moment = Moment(run.logicalDate, now: now)
            let took = run.startedAt == nil ? "" : ", \(DurationText.format(length))"
            return GridHeadView(
                path: Address.run(run.name),
                words: "\(moment.text): \(Badge(run.state).word)\(took)",
                day: "\(date.day)",
                css: Badge(run.state).css,
                top: 34 - height,
                height: height
            )
        }
    }

    /// The rows, one for each task; only what someone may want to open carries a link of its own.
    static func rows(tasks: [String], runs: [RunRecord], cells: [GridCell]) -> String {
        var found: [Int: [String: GridCell]] = [:]
        for cell in cells { found[cell.run, default: [:]][cell.task] = cell }
        var html = HTMLText(capacity: tasks.count * (runs.count * 60 + 80))
        for task in tasks {
            html.markup("<tr><th scope=\"row\" title=\"")
            html.text(task)
            html.markup("\">")
            html.text(task)
            html.markup("</th>")
            for run in runs { self.cell(found[run.rowID]?[task], run: run, into: &html) }
            html.markup("</tr>\n")
        }
        return html.string
    }

    private static func cell(_ cell: GridCell?, run: RunRecord, into html: inout HTMLText) {
        guard let cell else {
            html.markup("<td></td>")
            return
        }
        let badge = Badge(cell.state)
        let path = Address.task(run.name, cell.task)
        let words =
            cell.instances > 1
            ? "\(badge.word): \(Quantity.grouped(cell.inState)) of \(Quantity.count(cell.instances, "instance"))"
            : badge.word
        switch cell.state {
        case .failed, .upstreamFailed, .running, .upForRetry:
            html.markup("<td><a class=\"c \(badge.css)\" href=\"")
            html.text(path)
            html.markup("\">\(badge.glyph)<span class=\"hidden\">")
            html.text(words)
            html.markup("</span></a></td>")
        default:
            html.markup("<td><span class=\"c \(badge.css)\">\(badge.glyph)<span class=\"hidden\">")
            html.text(words)
            html.markup("</span></span></td>")
        }
    }
}
