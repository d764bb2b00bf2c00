/// Finds the attempts whose runner has been silent for so long that they are over by their `on_unreachable`.
///
/// A silence is as long as it was watched, by a clock that nobody sets: what the database's clock says is not believed,
/// for it may have been set ahead, and the runner, which is to have ended the attempt by then, counts real time. So a
/// scheduler that has just started counts from its start.
package struct SilenceWatch: Sendable {
    /// An attempt that is `unreachable` and whose runner ends it by itself.
    package struct Attempt: Hashable, Sendable {
        package var id: AttemptID
        package var run: Int
        /// After how long a silence it is over.
        package var limit: Duration
        /// What changes with each sign of life of its runner.
        package var contact: String

        /// Joins the facts.
        package init(id: AttemptID, run: Int, limit: Duration, contact: String) {
            self.id = id
            self.run = run
            self.limit = limit
            self.contact = contact
        }
    }

    private var seen: [AttemptID: (contact: String, since: Duration)] = [:]

    /// Has not looked yet.
    package init() {}

    /// Looks at all that is `unreachable`; returns what is over, in order of id.
    ///
    /// `asked` and `answered`: What a clock that counts real time showed before and after the attempts were read. A
    /// silence begins no earlier than the answer that first told of it, and has lasted no longer than until the
    /// question, however long a process was frozen between the two.
    package mutating func look(_ attempts: [Attempt], asked: Duration, answered: Duration) -> [Attempt] {
        var next: [AttemptID: (contact: String, since: Duration)] = [:]
        var over: [Attempt] = []
        for attempt in attempts.sorted(by: { $0.id < $1.id }) {
            let known = seen[attempt.id].flatMap { $0.contact == attempt.contact ? $0 : nil }
            let watched = known ?? (attempt.contact, answered)
            next[attempt.id] = watched
            if asked - watched.since >= attempt.limit { over.append(attempt) }
        }
        seen = next
        return over
    }
}
