import Core
import Store

/// One row of a Gantt chart: how a task waited and ran.
struct GanttBar: Hashable, Sendable {
    /// A stretch in which it did one thing.
    struct Piece: Hashable, Sendable {
        var from: Timestamp
        var to: Timestamp
        /// The class that colours it; `wait` where it waited.
        var css: String
    }

    var place: Int
    var name: String
    var path: String
    var badge: Badge
    var pieces: [Piece]
    /// How long its last attempt took; of a mapped task, from its first start to its last end.
    var took: String
    /// What the bar shows, in words.
    var words: String

    /// The bar of a task that is one instance: before each attempt it waited.
    ///
    /// `ready`: When it became ready, first and again after each clear; between its end and that it waited for nothing.
    init(_ task: TaskRecord, run: RunName, ready: [Timestamp] = [], now: Timestamp) {
        place = task.index
        name = task.id
        path = Address.task(run, task.id)
        badge = Badge(task.state)
        pieces = []
        var free = task.attempts.first.flatMap { first in task.queuedAt.map { min($0, first.intendedAt) } }
        var ran = Duration.zero
        for attempt in task.attempts {
            guard let start = attempt.startedAt else { continue }
            if let anew = ready.last(where: { $0 <= attempt.intendedAt && $0 >= free ?? $0 }) { free = anew }
            if let free, free < start { pieces.append(Piece(from: free, to: start, css: "wait")) }
            let end = attempt.endedAt ?? now
            pieces.append(Piece(from: start, to: max(start, end), css: Badge(attempt.state).css))
            ran += attempt.took(now: now) ?? .zero
            free = attempt.endedAt
        }
        took = task.attempts.last?.took(now: now).map(DurationText.format) ?? ""
        let waited = pieces.reduce(Duration.zero) { $1.css == "wait" ? $0 + ($1.to - $1.from) : $0 }
        var parts = [badge.word]
        if waited > .zero { parts.append("waited \(DurationText.format(waited))") }
        if !pieces.isEmpty { parts.append("ran \(DurationText.format(ran))") }
        if task.isAllowedFailure { parts.append("allowed to fail") }
        if task.attempts.count > 1 { parts.append("in \(task.attempts.count) attempts") }
        words = parts.joined(separator: ", ")
    }

    /// The bar of a mapped task: from its first instance's start to its last one's end.
    init(_ task: MappedTask, run: RunName, now: Timestamp) {
        place = task.index
        name = task.id
        path = Address.task(run, task.id)
        badge = Badge(task.worst)
        pieces = []
        took = ""
        if let start = task.startedAt {
            let end = max(start, task.endedAt ?? now)
            pieces = [Piece(from: start, to: end, css: badge.css)]
            took = DurationText.format(end - start)
        }
        words = "\(badge.word), \(Quantity.count(task.instances, "instance"))" + (took.isEmpty ? "" : ", ran \(took)")
    }
}

/// A Gantt chart as a list whose rows are links; every bar is drawn in its row.
enum GanttMarkup {
    /// The units of a bar's drawing; it is stretched to the room that there is.
    private static let width = 1_000

    /// Draws rows along a time; where the run rested, a line goes through all of them.
    static func list(_ bars: [GanttBar], critical: Set<Int>, along time: GanttTime) -> String {
        let span = max(time.length, .milliseconds(1))
        func x(_ instant: Timestamp) -> Int {
            min(width, max(0, Int((time.offset(instant) / span * Double(width)).rounded())))
        }
        let rests = time.rests.map { "M\(x($0.from)) 0V16" }.joined()
        var html = HTMLText(capacity: bars.count * 420)
        axis(time, into: &html)
        html.markup("<ol class=\"gantt\">\n")
        for bar in bars {
            let isCritical = critical.contains(bar.place)
            html.markup("<li\(isCritical ? " class=\"crit\"" : "")><a href=\"")
            html.text(bar.path)
            html.markup("\"><span class=\"gn\"><i class=\"c \(bar.badge.css)\" aria-hidden=\"true\">")
            html.markup("\(bar.badge.glyph)</i> ")
            html.text(bar.name)
            html.markup("</span><svg viewBox=\"0 0 \(width) 16\" preserveAspectRatio=\"none\" aria-hidden=\"true\">")
            for piece in bar.pieces {
                let left = x(piece.from)
                let length = max(piece.css == "wait" ? 1 : 3, x(piece.to) - left)
                let (top, height) = piece.css == "wait" ? (7, 2) : (1, 14)
                html.markup("<rect class=\"\(piece.css)\" x=\"\(min(left, width - length))\" y=\"\(top)\" ")
                html.markup("width=\"\(length)\" height=\"\(height)\"/>")
            }
            if !rests.isEmpty { html.markup("<path class=\"rest\" d=\"\(rests)\"/>") }
            html.markup("</svg><span class=\"gt\">")
            html.text(bar.took)
            html.markup("</span><span class=\"hidden\">: ")
            html.text(bar.words + (isCritical ? ", on the critical path" : ""))
            html.markup("</span></a></li>\n")
        }
        html.markup("</ol>")
        return html.string
    }

    /// A mark at each round step; a mark near the end has its words before it.
    private static func axis(_ time: GanttTime, into html: inout HTMLText) {
        let span = max(time.length, .milliseconds(1))
        html.markup("<svg class=\"axis\" aria-hidden=\"true\">")
        for tick in time.ticks {
            let place = Int((tick / span * 1_000).rounded())
            let x = "\(place / 10).\(place % 10)%"
            html.markup("<line x1=\"\(x)\" x2=\"\(x)\" y1=\"14\" y2=\"18\"/><text x=\"\(x)\" y=\"11\"")
            html.markup(place > 900 ? " text-anchor=\"end\">" : place > 50 ? " text-anchor=\"middle\">" : ">")
            html.text(tick == .zero ? "0" : DurationText.format(tick))
            html.markup("</text>")
        }
        html.markup("</svg>\n")
    }
}
