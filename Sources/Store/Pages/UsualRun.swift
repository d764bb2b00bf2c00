import Core
import Postgres

extension Store {
    /// How long runs of a DAG take: the median of those among its newest 50 that succeeded; nil where none did.
    package func usualRun(ofDAG name: String) async throws -> UsualDuration? {
        guard let row = try await pool.execute(Self.usualRunStatement, [name]).first,
            let median = try row.decode(1, as: Double?.self)
        else { return nil }
        return UsualDuration(successes: try row.decode(0), median: .microseconds(Int64(median * 1e6)))
    }

    static let usualRunStatement = Statement(
        name: "usual_run",
        sql: """
            SELECT usual.runs, usual.seconds FROM dag d CROSS JOIN LATERAL \(UsualDuration.runs) usual WHERE d.name = $1
            """
    )
}
