import Core
import Store

/// The table of tasks and runs, written directly: it has too many cells for a template.
enum GridMarkup {
    /// The columns' heads, each with a bar as high as the run was long.
    static func heads(_ runs: [RunRecord], now: Timestamp) -> [GridHeadView] {
        let lengths = runs.map { $0.took(now: now) ?? .zero }
        let longest = max(lengths.max() ?? .zero, .milliseconds(1))
        let times = runs.map { LocalTime($0.logicalDate, offset: 0) }
        // Where a day has several runs, its number alone would not tell them apart.
        let isDense = zip(times, times.dropFirst()).contains { $0.date == $1.date }
        return runs.indices.map { index in
            let (run, length, time) = (runs[index], lengths[index], times[index])
            let height = max(2, Int((length / longest * 32).rounded()))
            let moment = Moment(run.logicalDate, now: now)
            let took = run.startedAt == nil ? "" : ", \(DurationText.format(length))"
            let isNewDay = index == 0 || times[index - 1].date != time.date
            return GridHeadView(
                path: Address.run(run.name),
                words: "\(moment.text): \(Badge(run.state).word)\(took)",
                day: isDense ? "\(time.hour):\(time.minute < 10 ? "0" : "")\(time.minute)" : "\(time.date.day)",
                date: isDense && isNewDay ? "\(time.date.day)" : nil,
                isDense: isDense,
                css: Badge(run.state).css,
                top: 34 - height,
                height: height
            )
        }
    }

    /// The rows, one for each task; only what someone may want to open carries a link of its own.
    ///
    /// A cell is one element whose text is its state; the stylesheet shows the state's glyph in its place. Thousands of
    /// cells stay light, and whoever does not see them hears the word.
    static func rows(tasks: [String], dag: String, runs: [RunRecord], cells: [GridCell]) -> String {
        var found: [Int: [String: GridCell]] = [:]
        for cell in cells { found[cell.run, default: [:]][cell.task] = cell }
        var html = HTMLText(capacity: tasks.count * (runs.count * 40 + 120))
        for task in tasks {
            html.markup("<tr><th scope=\"row\" title=\"")
            html.text(task)
            html.markup("\"><a href=\"\(Address.dag(dag))/tasks/\(Address.segment(task))\">")
            html.text(task)
            html.markup("</a></th>")
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
        let words =
            cell.instances > 1
            ? "\(badge.word): \(Quantity.grouped(cell.inState)) of \(Quantity.count(cell.instances, "instance"))"
            : badge.word
        html.markup("<td class=\"\(badge.css)\">")
        switch cell.state {
        case .failed, .upstreamFailed, .running, .upForRetry:
            html.markup("<a href=\"")
            html.text(Address.task(run.name, cell.task))
            html.markup("\">")
            html.text(words)
            html.markup("</a></td>")
        default:
            html.text(words)
            html.markup("</td>")
        }
    }
}
