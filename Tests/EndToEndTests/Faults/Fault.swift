/// A fault of the matrix that is done to a fleet on purpose.
struct Fault: Sendable, CustomStringConvertible {
    /// The matrix's name of it.
    let row: String
    /// What is done.
    let title: String
    /// Whether it is shown within a few seconds, so that every test run has it.
    let isSoon: Bool
    /// Does it, and returns once it has been seen; what must hold afterwards is the same for all.
    let strike: @Sendable (FaultStation) async throws -> Void

    init(
        _ row: String,
        _ title: String,
        isSoon: Bool = true,
        _ strike: @escaping @Sendable (FaultStation) async throws -> Void
    ) {
        (self.row, self.title, self.isSoon, self.strike) = (row, title, isSoon, strike)
    }

    var description: String { "\(row): \(title)" }

    /// All that are done here, in the order of the matrix; `FaultMatrix` says what shows the others.
    static let all = (onServers + onTheDatabase + onRunners + onLines + onTasks).sorted { $0.row < $1.row }
}
