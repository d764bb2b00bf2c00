/// What the program says to its caller as it ends; scripts rely on these numbers.
enum ExitStatus: Int32, Sendable {
    /// Done.
    case done = 0
    /// The run or the validation failed, or the run was cancelled.
    case failed = 1
    /// Wrong use, bad input, or a port that is taken.
    case misuse = 2
    /// What was named does not exist.
    case notFound = 3
    /// The server or its database cannot be reached.
    case unreachable = 4
    /// The server or the system refused.
    case refused = 5
    /// A fault of this program.
    case bug = 70
    /// Ended by Ctrl-C.
    case interrupted = 130
}

/// An error that ends the program with a sentence of its own and a status that fits it.
protocol CommandFailure: Error, CustomStringConvertible {
    /// What the caller is told.
    var status: ExitStatus { get }
}
