import Core

/// Two logs line against line, as HTML: two columns where there is room, else one below the other.
///
/// Lines with equal templates stand beside each other; long parts in which all are equal are left out.
struct SideBySide: Sendable {
    private let old: [LogDifference.Source]
    private let new: [LogDifference.Source]

    /// How many lines of each log are laid side by side, from their ends, and of how many bytes at most.
    static let mostLines = 200
    static let mostBytes = 64 * 1024
    /// The most bytes of a line.
    private static let mostWidth = 300
    /// So many equal lines stand about those that differ.
    private static let context = 3

    init(_ old: [LogDifference.Source], _ new: [LogDifference.Source]) {
        self.old = old
        self.new = new
    }

    /// The lists and the words between them.
    func markup() -> String {
        let diff = LineDiff(
            from: old.map { LineTemplate(bytes: $0.bytes) },
            to: new.map { LineTemplate(bytes: $0.bytes) }
        )
        var html = HTMLText(capacity: 16_000)
        let steps = diff.steps
        let first = firstShown(steps)
        var index = first
        while index < steps.count {
            let isKept = Self.isKept(steps[index])
            var end = index
            while end < steps.count, Self.isKept(steps[end]) == isKept { end += 1 }
            if isKept {
                equal(steps[index..<end], isFirst: index == first, isLast: end == steps.count, into: &html)
            } else {
                list(steps[index..<end], into: &html)
            }
            index = end
        }
        return html.string
    }

    /// Where a log is cut off, what differs before the first equal line is so because of the cut.
    private func firstShown(_ steps: [LineDiff.Step]) -> Int {
        let isCut = (old.first?.number ?? 1) > 1 || (new.first?.number ?? 1) > 1
        return isCut ? steps.firstIndex(where: Self.isKept) ?? 0 : 0
    }

    private static func isKept(_ step: LineDiff.Step) -> Bool {
        if case .keep = step { true } else { false }
    }

    private func equal(_ steps: ArraySlice<LineDiff.Step>, isFirst: Bool, isLast: Bool, into html: inout HTMLText) {
        let head = isFirst ? 0 : Self.context
        let tail = isLast ? 0 : Self.context
        let hidden = steps.count - head - tail
        guard hidden > 3 else { return list(steps, into: &html) }
        if head > 0 { list(steps.prefix(head), into: &html) }
        html.markup("<p class=\"sub\">\(Quantity.grouped(hidden)) lines that say the same</p>")
        if tail > 0 { list(steps.suffix(tail), into: &html) }
    }

    private func list(_ steps: ArraySlice<LineDiff.Step>, into html: inout HTMLText) {
        html.markup("<ol class=\"two\">")
        for step in steps {
            switch step {
            case .keep(let left, let right):
                item("l", nil, old[left], into: &html)
                item("r", nil, new[right], into: &html)
            case .remove(let left): item("l del", "−", old[left], into: &html)
            case .add(let right): item("r add", "+", new[right], into: &html)
            }
        }
        html.markup("</ol>")
    }

    private func item(_ css: String, _ sign: String?, _ line: LogDifference.Source, into html: inout HTMLText) {
        html.markup("<li class=\"\(css)\"><i>\(line.number)</i><b>\(sign ?? "")</b>")
        html.markup(HTMLText.line(Array(line.bytes.prefix(Self.mostWidth))))
        html.markup("</li>")
    }
}
