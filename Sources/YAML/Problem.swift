/// Something in a file that must, or should, be mended.
package struct Problem: Error, Hashable, Sendable {
    /// The file as people name it.
    package var path: String
    package var mark: Mark
    package var severity: Severity
    /// What is wrong: what was found and what is allowed.
    package var message: String
    /// What to do about it.
    package var hint: String?

    /// How bad it is.
    package enum Severity: String, Hashable, Sendable, CaseIterable {
        /// The file cannot be used.
        case error
        /// The file works, but probably not as meant.
        case warning
        /// Worth knowing.
        case info
    }

    /// Makes a problem; an error unless it is said to be less.
    package init(
        path: String = "",
        at mark: Mark,
        _ message: String,
        hint: String? = nil,
        severity: Severity = .error
    ) {
        self.path = path
        self.mark = mark
        self.severity = severity
        self.message = message
        self.hint = hint
    }
}

extension Problem: Comparable {
    /// By place, then by weight.
    package static func < (left: Problem, right: Problem) -> Bool {
        if left.path != right.path { return left.path < right.path }
        if left.mark != right.mark { return left.mark < right.mark }
        if left.severity != right.severity { return left.severity.rank < right.severity.rank }
        return left.message < right.message
    }
}

extension Problem.Severity {
    fileprivate var rank: Int {
        switch self {
        case .error: 0
        case .warning: 1
        case .info: 2
        }
    }
}

extension Problem: CustomStringConvertible {
    /// One line: `sales.yaml:14:18: error: unknown task 'extrct'. Did you mean 'extract'?`.
    package var description: String {
        let sentence = hint.map { "\(message). \($0.prefix(1).uppercased())\($0.dropFirst())" } ?? message
        return "\(path):\(mark.line):\(mark.column): \(severity.rawValue): \(sentence)"
    }
}
