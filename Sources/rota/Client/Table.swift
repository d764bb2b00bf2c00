import Core

/// Rows of cells under headings, aligned for people.
struct Table: Sendable {
    /// One cell.
    struct Cell: Hashable, Sendable, ExpressibleByStringLiteral {
        var text: String
        var style: Style

        /// Takes text of any origin; control characters are shown, never obeyed.
        init(_ text: String?, _ style: Style = .plain) {
            self.text = VisibleText.oneLine(text ?? "")
            self.style = style
        }

        /// Takes text of our own.
        init(stringLiteral text: String) { self.init(text) }

        /// A state in its colour.
        static func state(_ state: String?) -> Cell { Cell(state, Style.ofState(state ?? "")) }

        /// A number.
        static func number(_ number: Int?) -> Cell { Cell(number.map { String($0) } ?? "") }

        /// An instant to the second.
        static func instant(_ instant: Timestamp?) -> Cell { Cell(instant.map(Words.instant) ?? "") }
    }

    private let headings: [String]
    private let rightAligned: Set<Int>
    private var rows: [[Cell]] = []

    /// Names the columns; one that begins with `>` is aligned to the right.
    init(_ headings: String...) {
        self.headings = headings.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
        rightAligned = Set(headings.indices.filter { headings[$0].hasPrefix(">") })
    }

    /// Whether there are no rows.
    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row with a cell for each column.
    mutating func add(_ cells: Cell...) {
        precondition(cells.count == headings.count, "a row of \(cells.count) cells under \(headings.count) headings")
        rows.append(cells)
    }

    /// The lines, without the columns in which no row has anything; the last column is cut to fit the terminal.
    func lines(columns: Int?, hasColours: Bool) -> [String] {
        let used = headings.indices.filter { column in rows.contains { !$0[column].text.isEmpty } }
        let widths = used.map { column in
            rows.reduce(DisplayWidth.of(headings[column])) { max($0, DisplayWidth.of($1[column].text)) }
        }
        let head = used.map { Cell(headings[$0].uppercased(), .dim) }
        let body = rows.map { row in used.map { row[$0] } }
        let isRight = used.map { rightAligned.contains($0) }
        return ([head] + body).map { line($0, widths, isRight, columns, hasColours) }
    }

    private func line(
        _ cells: [Cell],
        _ widths: [Int],
        _ isRight: [Bool],
        _ columns: Int?,
        _ hasColours: Bool
    ) -> String {
        var line = ""
        var place = 0
        for (index, cell) in cells.enumerated() {
            let isLast = index == cells.count - 1
            var text = cell.text
            if isLast, let columns { text = DisplayWidth.cut(text, to: max(8, columns - place)) }
            let padding = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(text)))
            let styled = hasColours ? cell.style.apply(to: text) : text
            line += isRight[index] ? padding + styled : styled + (isLast ? "" : padding)
            if !isLast { line += "  " }
            place += widths[index] + 2
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    /// Writes the table, or a sentence where it is empty.
    func print(orElse sentence: String, to terminal: Terminal = .output) {
        guard !isEmpty else { return Terminal.messages.line(sentence) }
        for line in lines(columns: terminal.columns, hasColours: terminal.hasColours) { terminal.line(line) }
    }
}
