package import Core
import Postgres

/// A line of a runner's history.
package struct RunnerDeedRecord: Hashable, Sendable {
    package var at: Timestamp
    package var deed: RunnerDeed
}

extension Store {
    /// What was said of a runner, newest first, also of one that is gone.
    package func deeds(ofRunner runner: String, limit: Int) async throws -> [RunnerDeedRecord] {
        try await pool.execute(Self.deedsOfRunnerStatement, [runner, limit]).map { row in
            RunnerDeedRecord(
                at: try row.decode(0),
                deed: RunnerDeed(
                    try row.decode(1),
                    runner: runner,
                    attempts: try row.decode(2),
                    actor: try row.decode(3),
                    reason: try row.decode(4)
                )
            )
        }
    }

    static let deedsOfRunnerStatement = Statement(
        name: "deeds_of_runner",
        sql: """
            SELECT at, verb, attempts, actor, reason FROM runner_deed WHERE runner = $1 ORDER BY id DESC LIMIT $2
            """
    )
}
