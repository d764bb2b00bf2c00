import Core

extension HTMLText {
    /// One line of what a task printed, as markup that can do nothing.
    static func line(_ bytes: [UInt8]) -> String {
        var html = HTMLText(capacity: bytes.count + 16)
        var text = TerminalText()
        text.render(bytes, into: &html)
        return html.string
    }
}

/// Writes lines of a log as list items, in folds where there are any.
struct LogMarkup: Sendable {
    private var text = TerminalText()
    private var previous: Timestamp?
    private var folds: [LogFold] = []
    private var inList = 0
    /// The line that tells why the attempt failed.
    var causeLine: Int?
    /// The line that was asked for.
    var markedLine: Int?
    /// Where a line as a whole is.
    let textPath: String
    var outline = LogOutline()
    /// Lines that a search found.
    var hits: Set<Int> = []
    /// What times are counted from.
    var startedAt: Timestamp?
    /// What stays in addresses: `q=…&`.
    var kept = ""
    /// More may follow, so the last fold is still being filled.
    var isLive = false
    /// The number of the log's last line.
    var lastLine: Int?

    /// So many lines share a list, which browsers draw only when it comes into view.
    static let blockLines = 100
    /// Silence that is worth a word.
    static let silence = Duration.seconds(10)

    /// Begins with plain text.
    init(causeLine: Int?, markedLine: Int?, textPath: String) {
        self.causeLine = causeLine
        self.markedLine = markedLine
        self.textPath = textPath
    }

    /// Writes a window as lists of at most a hundred lines.
    mutating func blocks(_ lines: [LogLine]) -> String {
        var html = HTMLText(capacity: lines.count * 120)
        guard let first = lines.first?.number, let last = lines.last?.number else { return "" }
        var coming = outline.folds.filter { $0.first <= last && ($0.last ?? .max) >= first }[...]
        for line in lines {
            while let fold = folds.last, !fold.holds(line.number) { close(fold, last: last, into: &html) }
            while let fold = coming.first, fold.first <= line.number {
                coming.removeFirst()
                open(fold, windowFirst: first, into: &html)
            }
            if inList == Self.blockLines || line.leftOut > 0 { endList(&html) }
            if inList == 0 { html.markup("<ol>") }
            item(line, isFirst: inList == 0, into: &html)
            inList += 1
        }
        while let fold = folds.last { close(fold, last: last, into: &html) }
        endList(&html)
        return html.string
    }

    private mutating func endList(_ html: inout HTMLText) {
        if inList > 0 { html.markup("</ol>") }
        inList = 0
    }

    private mutating func open(_ fold: LogFold, windowFirst: Int, into html: inout HTMLText) {
        endList(&html)
        folds.append(fold)
        let isOpen =
            fold.isOpen || isLive && fold.last == nil || outline.hasError(fold.first, fold.last)
            || [causeLine, markedLine].contains { $0.map(fold.holds) ?? false }
        html.markup("<details\(isOpen ? " open" : "")><summary>")
        html.text(fold.title)
        if fold.first < windowFirst { html.text(" (continued)") }
        var facts: [String] = []
        if let last = fold.last ?? (isLive ? nil : lastLine) {
            facts.append(Quantity.count(last - fold.first + 1, "line"))
        }
        if let ended = fold.endedAt, ended - fold.beganAt >= .seconds(1) {
            facts.append(DurationText.format(ended - fold.beganAt))
        }
        html.markup(" <small>\(facts.joined(separator: " · "))</small></summary>")
    }

    private mutating func close(_ fold: LogFold, last: Int, into html: inout HTMLText) {
        endList(&html)
        folds.removeLast()
        html.markup("</details>")
        guard let end = fold.last, end > last else { return }
        html.markup("<p class=\"gap\"><a href=\"?\(kept)at=\(end + 1)#L\(end + 1)\">After ")
        html.text(fold.title)
        html.markup(", line \(Quantity.grouped(end + 1))</a></p>")
    }

    /// Writes one line.
    ///
    /// The first of a list carries its number, from which the stylesheet counts on: a list that is not drawn until it
    /// comes into view cannot see a number outside of itself.
    mutating func item(_ line: LogLine, isFirst: Bool = false, into html: inout HTMLText) {
        leftOut(before: line, into: &html)
        silence(before: line, into: &html)
        var classes: [String] = []
        if line.number == causeLine { classes.append("cause") }
        if line.number == markedLine { classes.append("at") }
        if hits.contains(line.number) { classes.append("hit") }
        if line.number != causeLine, outline.hasError(line.number, line.number) { classes.append("err") }
        if !line.isComplete { classes.append("part") }
        html.markup("<li id=\"L\(line.number)\"")
        if isFirst || line.leftOut > 0 { html.markup(" value=\"\(line.number)\"") }
        if !classes.isEmpty { html.markup(" class=\"\(classes.joined(separator: " "))\"") }
        time(of: line, into: &html)
        html.markup(">")
        // A link on every line would be too small to hit and too much to load; the script makes all numbers links.
        // Neither may it stand too near to the cause's.
        let isNearCause = causeLine.map { abs($0 - line.number) == 1 } ?? false
        if line.number % 10 == 0 && !isNearCause || line.number == causeLine {
            html.markup("<a href=\"?\(kept)at=\(line.number)#L\(line.number)\">\(line.number)</a>")
        }
        text.render(line.bytes, into: &html)
        if line.updates > 0 { html.markup("<small>+\(Quantity.count(line.updates, "update"))</small>") }
        if line.hidden > 0 {
            html.markup("<small><a class=\"rest\" href=\"")
            html.text("\(textPath)?from=\(line.number)&to=\(line.number)")
            html.markup("\">show \(Quantity.bytes(line.hidden)) more</a></small>")
        }
        html.markup("</li>")
    }

    /// A line that is no line: how much of the log was not kept.
    private func leftOut(before line: LogLine, into html: inout HTMLText) {
        guard line.leftOut > 0 else { return }
        html.markup("<li class=\"gap\">\(Quantity.bytes(line.leftOut)) left out here: more than log_cap keeps</li>")
    }

    /// A line that is no line: how long nothing was printed.
    private func silence(before line: LogLine, into html: inout HTMLText) {
        guard let instant = line.arrivedAt, let previous, instant - previous >= Self.silence else { return }
        html.markup("<li class=\"gap\">\(DurationText.format(instant - previous)) of silence</li>")
    }

    /// When the line arrived, where that is another second than the line's before.
    private mutating func time(of line: LogLine, into html: inout HTMLText) {
        guard let instant = line.arrivedAt else { return }
        defer { previous = instant }
        guard previous?.wholeSeconds != instant.wholeSeconds else { return }
        html.markup(" data-t=\"\(Self.clock(instant))\"")
        guard let startedAt else { return }
        html.markup(" data-r=\"\(Self.offset(instant - startedAt))\"")
    }

    /// The time of day in UTC.
    private static func clock(_ instant: Timestamp) -> String {
        let local = LocalTime(instant, offset: 0)
        return [local.hour, local.minute, local.second].map(two).joined(separator: ":")
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// A time from the start: `+1:05`, `+1:00:05`.
    static func offset(_ duration: Duration) -> String {
        let seconds = max(0, Int(duration.components.seconds))
        let minutes = seconds / 60
        let head = minutes < 60 ? "\(minutes)" : "\(minutes / 60):\(two(minutes % 60))"
        return "+\(head):\(two(seconds % 60))"
    }
}
