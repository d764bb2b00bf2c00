/// Finds, while a log streams by, the line that most likely tells why its command failed.
///
/// The rules, strongest first: an `::error::` marker; the line of a traceback that names the error (Python, Java, Go,
/// Rust, Node, Perl, SQL, shell); the last line that says FATAL or ERROR; the last line with text. Of equal rank the later wins, but of lines
/// with a marker the first: its author chose it.
package struct LineScanner: Sendable {
    /// Why a line was chosen, strongest first; the raw value is stored.
    package enum Rule: String, Hashable, Sendable, CaseIterable, Comparable {
        case marker
        case traceback
        case errorWord = "error_word"
        case lastLine = "last_line"

        private var rank: Int {
            switch self {
            case .marker: 0
            case .traceback: 1
            case .errorWord: 2
            case .lastLine: 3
            }
        }

        /// Whether the left rule is the stronger one.
        package static func < (left: Rule, right: Rule) -> Bool { left.rank < right.rank }
    }

    /// A line that may tell the cause.
    package struct Candidate: Hashable, Sendable {
        /// Counted from 1.
        package var line: Int64
        /// Without control characters, at most `mostText` characters.
        package var text: String
        package var rule: Rule
    }

    /// The most bytes of a line that are looked at.
    package static let mostBytes = 4_096
    /// The most characters of a candidate's text.
    package static let mostText = 500

    /// The most lines that are marked as errors because of a word alone, and the most for a stronger reason.
    package static let mostErrors = 500
    /// The most marks of groups.
    package static let mostFolds = 2_000

    /// How many line ends have been seen.
    package private(set) var lineEnds: Int64
    /// What was seen since marks were last taken.
    private var marks: [LogMark] = []
    private var (wordErrors, strongErrors, folds) = (0, 0, 0)
    private var line: [UInt8] = []
    /// The best candidate's number and rule, and its bytes: its text is made when it is asked for.
    private var best: (line: Int64, rule: Rule)?
    private var bestLine: [UInt8] = []
    /// Whether the lines are those of a Python traceback, of which the first that is not indented names the error.
    private var isInTraceback = false

    /// Begins after so many lines that were scanned before, with what was marked in them.
    package init(lineEnds: Int64 = 0, marks: [LogMark] = []) {
        self.lineEnds = lineEnds
        for mark in marks {
            guard mark.kind == .error, let rule = mark.rule else {
                folds += 1
                continue
            }
            if rule == .errorWord { wordErrors += 1 } else { strongErrors += 1 }
            if isBetter(rule) {
                best = (Int64(mark.line), rule)
                bestLine = Array(mark.text.utf8)
            }
        }
    }

    /// Scans the next bytes; returns how many line ends they hold.
    package mutating func scan(_ bytes: [UInt8]) -> Int {
        let before = lineEnds
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            take(bytes[start..<end])
            finishLine()
            lineEnds += 1
            start = end + 1
        }
        take(bytes[start...])
        return Int(lineEnds - before)
    }

    /// Passes over bytes that nobody reads: what is between two pieces counts as one line, whatever is in it.
    package mutating func skip() {
        line.removeAll()
        isInTraceback = false
        lineEnds += 1
    }

    /// The best candidate so far, the unfinished last line included.
    package var candidate: Candidate? {
        var copy = self
        copy.finishLine()
        return copy.best.map { Candidate(line: $0.line, text: Self.text(copy.bestLine), rule: $0.rule) }
    }

    /// Takes the marks that were found since the last time; of a log at most a thousand errors and so many folds.
    package mutating func takeMarks() -> [LogMark] {
        defer { marks.removeAll() }
        return marks
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        guard line.count < Self.mostBytes else { return }
        line += bytes.prefix(Self.mostBytes - line.count)
    }

    private mutating func finishLine() {
        defer { line.removeAll(keepingCapacity: true) }
        guard let rule = judge() else { return }
        mark(rule)
        guard isBetter(rule) else { return }
        best = (lineEnds + 1, rule)
        swap(&line, &bestLine)
    }

    /// Whether a line with this rule takes the place of the best so far.
    private func isBetter(_ rule: Rule) -> Bool {
        guard let best else { return true }
        return rule < best.rule || rule == best.rule && rule != .marker
    }

    private mutating func judge() -> Rule? {
        if line.first == UInt8(ascii: "\t"), line.holds(Self.perlFrame), best != nil {
            nameErrorBefore()
            return nil
        }
        if line.holds(Self.tracebackHead) {
            isInTraceback = true
        } else if isInTraceback, let first = line.first, first > 32 {
            isInTraceback = false
            let name = line.prefix { $0 != UInt8(ascii: ":") && $0 > 32 }
            let rest = line.dropFirst(name.count)
            if Self.isName(name), rest.first == UInt8(ascii: ":") || rest.allSatisfy({ $0 <= 32 }) { return .traceback }
        }
        return Self.rule(line)
    }

    /// Takes the line before for what names the error: in Perl the calls that led there come after it.
    private mutating func nameErrorBefore() {
        guard let before = best, before.line == lineEnds, .traceback < before.rule else { return }
        best = (before.line, .traceback)
        if before.rule == .errorWord {
            // A mark that was taken away stands already, and a line has one.
            guard marks.last?.line == Int(before.line), marks.last?.kind == .error else { return }
            marks.removeLast()
            wordErrors -= 1
        }
        guard strongErrors < Self.mostErrors else { return }
        strongErrors += 1
        marks.append(LogMark(line: Int(before.line), kind: .error, text: Self.text(bestLine), rule: .traceback))
    }

    /// Keeps the line as a mark where it is one and there is room.
    private mutating func mark(_ rule: Rule) {
        let number = Int(lineEnds) + 1
        if let first = line.first, LogMark.mayBegin(with: first), folds < Self.mostFolds,
            let fold = LogMark.fold(line: number, text: Self.text(line))
        {
            folds += 1
            marks.append(fold)
        }
        switch rule {
        case .marker, .traceback:
            guard strongErrors < Self.mostErrors else { return }
            strongErrors += 1
        case .errorWord:
            guard wordErrors < Self.mostErrors else { return }
            wordErrors += 1
        case .lastLine: return
        }
        marks.append(LogMark(line: number, kind: .error, text: Self.text(line), rule: rule))
    }

    private static func rule(_ line: [UInt8]) -> Rule? {
        var found: Rule?
        var position = 0
        while position < line.count {
            let byte = line[position]
            if found == nil, byte > 32, byte != 127 { found = .lastLine }
            if firsts[Int(byte)] {
                for sign in signs where sign.rule < found ?? .lastLine && line.has(sign.text, at: position) {
                    found = sign.rule
                }
            }
            position += 1
        }
        if let found, .traceback < found, isNamedError(line) { return .traceback }
        return found
    }

    private static let tracebackHead = Array("Traceback (most recent call last)".utf8)
    private static let perlFrame = Array(" called at ".utf8)
    /// What tells of an error wherever it stands in a line.
    private static let signs: [(text: [UInt8], rule: Rule)] =
        ["::error", "##[error]"].map { (Array($0.utf8), .marker) }
        + [
            "Caused by:", "panic:", "panicked at", "ERROR:  ", "psql:", "command not found", "Permission denied",
            "No such file or directory", "Segmentation fault", "Out of memory", "MemoryError", "KeyboardInterrupt",
        ].map { (Array($0.utf8), .traceback) }
        + ["FATAL", "ERROR", "Error", "error:", "fatal:", "Fatal"].map { (Array($0.utf8), .errorWord) }
    /// Whether a sign begins with the byte of that number.
    private static let firsts: [Bool] = (0..<256).map { byte in signs.contains { $0.text[0] == UInt8(byte) } }

    /// Whether a line begins with a dotted name that ends in Error or Exception, and a colon follows: the last line of
    /// a traceback in Python, Java, Ruby or JavaScript.
    private static func isNamedError(_ line: [UInt8]) -> Bool {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon >= 5 else { return false }
        let name = line[..<colon]
        return isName(name)
            && (name.reversed().starts(with: "rorrE".utf8) || name.reversed().starts(with: "noitpecxE".utf8))
    }

    /// Whether bytes are a name as languages have them, with dots.
    private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "$"):
                true
            default: false
            }
        }
    }

    /// The line as people see it: without escape sequences and control characters.
    private static func text(_ line: [UInt8]) -> String {
        var kept: [UInt8] = []
        var position = line.startIndex
        while position < line.endIndex {
            let byte = line[position]
            position += 1
            if byte == 27, position < line.endIndex, line[position] == UInt8(ascii: "[") {
                position =
                    (line[position...].dropFirst().firstIndex { (64...126).contains($0) } ?? line.endIndex - 1) + 1
            } else if byte >= 32, byte != 127 {
                kept.append(byte)
            } else if byte == 9 {
                kept.append(32)
            }
        }
        return String(String(decoding: kept, as: UTF8.self).prefix(mostText))
    }
}

extension [UInt8] {
    /// Whether the bytes of an ASCII text occur in a row.
    fileprivate func holds(_ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first, count >= wanted.count else { return false }
        var from = startIndex
        while let found = self[from...].firstIndex(of: first), found + wanted.count <= endIndex {
            if has(wanted, at: found) { return true }
            from = found + 1
        }
        return false
    }

    /// Whether other bytes stand at a position.
    fileprivate func has(_ wanted: [UInt8], at position: Int) -> Bool {
        guard position + wanted.count <= count else { return false }
        for offset in 0..<wanted.count where self[position + offset] != wanted[offset] { return false }
        return true
    }
}
