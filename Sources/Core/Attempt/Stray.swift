/// A process that outlived its attempt.
package struct Stray: Hashable, Sendable {
    /// The process.
    package var processID: Int32
    /// Its name, as the system shows it.
    package var name: String
    /// The attempt it came from, where that can be told.
    package var attempt: AttemptID?

    /// Joins the facts.
    package init(processID: Int32, name: String, attempt: AttemptID?) {
        self.processID = processID
        self.name = name
        self.attempt = attempt
    }
}
