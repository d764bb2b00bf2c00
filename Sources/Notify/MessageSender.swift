/// A way to somebody who is told of failures.
protocol MessageSender: Sendable {
    /// Sends a message, of which the same may have been sent before.
    ///
    /// Returns why it was not taken, as a sentence's end; nil: it was taken.
    func send(_ message: Message, to target: String) async -> String?
}
