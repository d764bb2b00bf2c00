package import Postgres

/// The folder of a run that its runner is to remove.
package struct RunFolder: Hashable, Sendable {
    package var runner: String
    package var run: Int
    package var name: String
}

extension Connection {
    /// Takes one folder that a runner is to remove off the list; nil: there is none.
    package func takeRunFolder(runner: String) throws -> RunFolder? {
        try execute(
            Statement(
                name: "take_run_folder",
                sql: """
                    DELETE FROM run_folder f USING (
                        SELECT runner, run_id FROM run_folder WHERE runner = $1 ORDER BY run_id LIMIT 1
                        FOR UPDATE SKIP LOCKED) one
                    WHERE f.runner = one.runner AND f.run_id = one.run_id RETURNING f.runner, f.run_id, f.name
                    """
            ),
            [runner]
        ).first.map { RunFolder(runner: try $0.decode(0), run: try $0.decode(1), name: try $0.decode(2)) }
    }

    /// Puts a folder back on the list that could not be removed.
    package func putBack(_ folder: RunFolder) throws {
        _ = try execute(
            Statement(
                name: "put_back_run_folder",
                sql: "INSERT INTO run_folder (runner, run_id, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
            ),
            [folder.runner, folder.run, folder.name]
        )
    }
}
