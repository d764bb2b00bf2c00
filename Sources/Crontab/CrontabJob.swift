/// A line of a crontab that says when a command runs, with all that the lines above it mean for it.
package struct CrontabJob: Hashable, Sendable {
    /// The line's number, counted from 1.
    package var line: Int
    /// The line as written.
    package var text: String
    /// Five fields joined by single spaces, or a macro.
    package var schedule: String
    /// The user it runs as, where the crontab says so.
    package var user: String?
    /// What it runs, and what that reads.
    package var command: CrontabCommand
    /// The variables set above it, the last of each name, in the crontab's order.
    package var variables: [CrontabVariable]
    /// The comment directly above it, a line each, without what is decoration.
    package var comment: [String]
    /// Whether a `-` before the schedule keeps it out of the system's log.
    package var isQuiet: Bool

    /// The value that the lines above give a variable.
    package func value(of name: String) -> String? { variables.last { $0.name == name }?.value }
}
