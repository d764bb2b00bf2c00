import Core
import Store

/// A group of lines that can be folded away.
struct LogFold: Hashable, Sendable {
    /// The line that begins it.
    var first: Int
    /// Its last line; nil where its end has not come.
    var last: Int?
    var title: String
    /// How many groups it is in.
    var depth: Int
    /// It is to be seen whatever it holds.
    var isOpen: Bool
    var beganAt: Timestamp
    var endedAt: Timestamp?

    /// Whether a line is in it.
    func holds(_ line: Int) -> Bool { line >= first && line <= last ?? .max }
}

/// What was marked in a log: its folds, and the lines that tell of errors.
struct LogOutline: Hashable, Sendable {
    /// By where they begin; a fold is before those in it.
    private(set) var folds: [LogFold] = []
    /// By their lines.
    private(set) var errors: [LogMark] = []

    /// Folds within more than so many others are not folded themselves.
    static let deepest = 6

    /// An outline without anything.
    init() {}

    /// Puts marks in order; the cause is an error too, also where its line has no end.
    init(_ marks: [PlacedMark], cause: AttemptRecord.CauseLine? = nil) {
        var open: [(index: Int, kind: LogMark.Kind)] = []
        for placed in marks {
            let mark = placed.mark
            switch mark.kind {
            case .error: if errors.last?.line != mark.line { errors.append(mark) }
            case .group:
                open.append((folds.count, .group))
                begin(mark, placed.arrivedAt, depth: open.count - 1)
            case .section, .openSection:
                if open.last.map({ $0.kind != .group }) ?? false, let section = open.popLast() {
                    end(section.index, line: mark.line - 1, placed.arrivedAt)
                }
                open.append((folds.count, .section))
                begin(mark, placed.arrivedAt, depth: open.count - 1)
            case .end:
                // An end without a beginning ends nothing, and no section either.
                guard open.contains(where: { $0.kind == .group }) else { continue }
                while let last = open.popLast() {
                    end(last.index, line: last.kind == .group ? mark.line : mark.line - 1, placed.arrivedAt)
                    if last.kind == .group { break }
                }
            }
        }
        folds.removeAll { $0.depth >= Self.deepest || $0.last == $0.first }
        if let cause, !errors.contains(where: { $0.line == cause.line }) {
            let place = errors.firstIndex { $0.line > cause.line } ?? errors.count
            errors.insert(LogMark(line: cause.line, kind: .error, text: cause.text), at: place)
        }
    }

    private mutating func begin(_ mark: LogMark, _ instant: Timestamp, depth: Int) {
        folds.append(
            LogFold(
                first: mark.line,
                last: nil,
                title: mark.text.isEmpty ? "Group" : mark.text,
                depth: depth,
                isOpen: mark.kind == .openSection,
                beganAt: instant,
                endedAt: nil
            )
        )
    }

    private mutating func end(_ index: Int, line: Int, _ instant: Timestamp) {
        folds[index].last = max(folds[index].first, line)
        folds[index].endedAt = instant
    }

    /// Whether some error is between two lines.
    func hasError(_ first: Int, _ last: Int?) -> Bool {
        guard let next = errors[partition(first)...].first else { return false }
        return next.line <= last ?? .max
    }

    /// The nearest error before a line and after another.
    func errors(before first: Int, after last: Int) -> (before: LogMark?, after: LogMark?) {
        (errors[..<partition(first)].last, errors[partition(last + 1)...].first)
    }

    /// The index of the first error at a line or after it.
    func partition(_ line: Int) -> Int {
        var (low, high) = (0, errors.count)
        while low < high {
            let middle = (low + high) / 2
            if errors[middle].line < line { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
