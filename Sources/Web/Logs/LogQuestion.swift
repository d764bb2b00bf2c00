import Core

/// What is looked for in a log.
struct LogQuestion: Hashable, Sendable {
    var text: String
    var isPattern: Bool
    var ignoresCase: Bool
    /// How many lines are shown before and after each that was found.
    var context: Int

    static let mostContext = 5
    static let mostText = 1_000

    /// Makes a question; refuses what cannot be looked for.
    init(_ text: String, isPattern: Bool = false, ignoresCase: Bool = false, context: Int = 0) throws(RequestError) {
        guard !text.isEmpty, text.utf8.count <= Self.mostText else {
            throw .invalid("A search needs a text of at most \(Self.mostText) bytes.")
        }
        guard !text.contains(where: \.isNewline) else {
            throw .invalid("A search looks at one line at a time: its text cannot hold a line end.")
        }
        self.text = text
        self.isPattern = isPattern
        self.ignoresCase = ignoresCase
        self.context = min(max(0, context), Self.mostContext)
    }

    /// The machine that finds it.
    func matcher() throws(RequestError) -> LogMatcher {
        if !isPattern, !ignoresCase { return .text(TextMatcher(text)) }
        do throws(PatternError) {
            return .pattern(
                isPattern
                    ? try LineMatcher(pattern: text, ignoresCase: ignoresCase)
                    : try LineMatcher(text: text, ignoresCase: ignoresCase)
            )
        } catch {
            let place = isPattern ? ", at character \(error.offset + 1)" : ""
            throw .invalid("The pattern '\(text.shortened)' cannot be used: \(error.description)\(place).")
        }
    }
}

/// Finds lines, by a text or by a pattern.
enum LogMatcher: Sendable {
    case text(TextMatcher)
    case pattern(LineMatcher)

    /// The place of the byte with which the next line matches; each line matches once.
    mutating func next(in bytes: [UInt8], from start: Int) -> Int? {
        switch self {
        case .text(var matcher):
            defer { self = .text(matcher) }
            return matcher.next(in: bytes, from: start)
        case .pattern(var matcher):
            // Two owners would copy the table with each change.
            self = .text(TextMatcher(""))
            defer { self = .pattern(matcher) }
            return matcher.next(in: bytes, from: start)
        }
    }

    /// Whether the line that the bytes ended in would match if it ended there.
    var matchesUnended: Bool {
        guard case .pattern(let matcher) = self else { return false }
        return matcher.matchesUnended
    }
}
