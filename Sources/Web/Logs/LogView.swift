/// A window of the log.
struct LogView: Sendable {
    let path: String
    let extent: String
    let isLive: Bool
    let textPath: String
    let rawPath: String
    let windowPath: String
    let size: String
    let earlier: String?
    let earlierWords: String
    let later: String?
    let laterWords: String
    /// The whole log's first and last lines.
    let start: String
    let end: String
    /// Where what follows is sent from.
    let events: String?
    /// The classes of the list.
    let style: String
    /// Markup.
    let lines: String
    let errors: LogErrorsView?
    let search: LogSearchView
    /// What is missing from the log, and why.
    let missing: String?
    /// For a message to others: state, cause and a place for the link.
    let message: String
    let hasCause: Bool
}

/// The lines of a log that tell of errors, and the way from one to the next.
struct LogErrorsView: Sendable {
    let words: String
    let before: String?
    let after: String?
    /// The way to these lines alone, or back.
    let only: String
    let isOnly: Bool
}

/// The form that searches a log, and what it found.
struct LogSearchView: Sendable {
    let text: String
    let isPattern: Bool
    let isExact: Bool
    let contexts: [LogChoiceView]
    let times: [LogChoiceView]
    let isUnwrapped: Bool
    let isErrorsOnly: Bool
    var complaint: String?
    var hasHits = false
    var isOpen = false
    var words = ""
    /// Markup.
    var hits = ""
    var more: String?
    var onward: String?
    var foundPath: String?
    var clear = ""
}

/// One of several that can be chosen.
struct LogChoiceView: Sendable {
    let value: String
    let text: String
    let isChosen: Bool
}
