import Core

/// A state as pages show it: a word, a glyph and a class that colours both.
struct Badge: Hashable, Sendable {
    /// The word, with a capital.
    let word: String
    /// A sign that survives grey and small sizes.
    let glyph: String
    /// The class of the stylesheet.
    let css: String
}

extension Badge {
    static let failed = Badge(word: "Failed", glyph: "✕", css: "failed")
    static let blocked = Badge(word: "Blocked", glyph: "⇥", css: "blocked")
    static let retrying = Badge(word: "Retrying", glyph: "↻", css: "retrying")
    // U+FE0E asks for the text form: some systems would draw a coloured picture.
    static let running = Badge(word: "Running", glyph: "▶\u{FE0E}", css: "running")
    static let success = Badge(word: "Success", glyph: "●", css: "success")
    static let waiting = Badge(word: "Waiting", glyph: "‖", css: "waiting")
    static let queued = Badge(word: "Queued", glyph: "◌", css: "queued")
    static let skipped = Badge(word: "Skipped", glyph: "»", css: "skipped")
    static let cancelled = Badge(word: "Cancelled", glyph: "■", css: "cancelled")

    static let broken = Badge.failed.saying("Broken file")

    /// The same look under another word.
    private func saying(_ word: String) -> Badge { Badge(word: word, glyph: glyph, css: css) }

    /// How a run's state is shown.
    init(_ state: RunState) {
        self =
            switch state {
            case .queued: .queued
            case .running: .running
            case .success: .success
            case .failed: .failed
            case .cancelled: .cancelled
            }
    }

    /// How a task instance's state is shown.
    init(_ state: TaskState) {
        self =
            switch state {
            case .waiting: .waiting
            case .queued: .queued
            case .running: .running
            case .success: .success
            case .failed: .failed
            case .upForRetry: .retrying
            case .upstreamFailed: .blocked
            case .skipped: .skipped
            case .cancelled: .cancelled
            case .removed: Badge.skipped.saying("Removed")
            }
    }

    /// How an attempt's state is shown.
    init(_ state: AttemptState) {
        self =
            switch state {
            case .intended: Badge.queued.saying("Starting")
            case .running: .running
            case .unreachable: Badge.retrying.saying("Unreachable")
            case .cancelling: Badge.cancelled.saying("Cancelling")
            case .success: .success
            case .failed: .failed
            case .skipped: .skipped
            case .timedOut: Badge.failed.saying("Timed out")
            case .cancelled: .cancelled
            case .lost: Badge.failed.saying("Lost")
            case .unknown: Badge.failed.saying("Unknown")
            case .neverStarted: Badge.skipped.saying("Never started")
            }
    }
}
