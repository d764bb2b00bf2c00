package import Core
import Postgres

/// What a search by names has found; each list is cut at its limit.
package struct SearchResults: Hashable, Sendable {
    /// A task of a DAG's latest run.
    package struct Task: Hashable, Sendable {
        package var dag: String
        package var run: String
        package var task: String
        package var state: TaskState
    }

    /// A run.
    package struct Run: Hashable, Sendable {
        package var name: RunName
        package var state: RunState
        package var logicalDate: Timestamp
    }

    /// What a search for nothing finds.
    package static let none = SearchResults(dags: [], tasks: [], runs: [])

    package var dags: [String]
    package var tasks: [Task]
    package var runs: [Run]
}

extension Store {
    /// Searches DAGs and tasks whose names hold a text, in any case, and runs whose keys begin with one.
    ///
    /// Of tasks, those of each DAG's latest run are looked at. Runs are searched for texts that may begin a key; with
    /// `DAG/KEY` only those of DAGs whose names hold the first part.
    package func search(_ text: String, limit: Int) async throws -> SearchResults {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let (name, key) = parts.count == 2 ? (parts[0], parts[1]) : ("", text)
        let dags = try await pool.execute(Self.searchDAGsStatement, [text, limit]).map {
            try $0.decode(0, as: String.self)
        }
        let tasks = try await pool.execute(Self.searchTasksStatement, [text, limit]).map { row in
            SearchResults.Task(
                dag: try row.decode(0),
                run: try row.decode(1),
                task: try row.decode(2),
                state: try row.decode(3)
            )
        }
        var runs: [SearchResults.Run] = []
        // A key begins with a year.
        if parts.count == 2 || key.utf8.count >= 4 && key.utf8.first == UInt8(ascii: "2") {
            runs = try await pool.execute(Self.searchRunsStatement, [name, key, limit]).map { row in
                SearchResults.Run(
                    name: RunName(dag: try row.decode(0), key: try row.decode(1)),
                    state: try row.decode(2),
                    logicalDate: try row.decode(3)
                )
            }
        }
        return SearchResults(dags: dags, tasks: tasks, runs: runs)
    }

    static let searchDAGsStatement = Statement(
        name: "search_dags",
        sql: """
            SELECT name FROM dag
            WHERE state = 'active' AND strpos(lower(name), lower($1)) > 0
            ORDER BY strpos(lower(name), lower($1)), name LIMIT $2
            """
    )

    static let searchTasksStatement = Statement(
        name: "search_tasks",
        sql: """
            SELECT d.name, r.key, t.task_id, min(t.state)
            FROM dag d
                CROSS JOIN LATERAL (
                    SELECT id, key FROM dag_run WHERE dag_id = d.id ORDER BY logical_date DESC, id DESC LIMIT 1
                ) r
                JOIN task_instance t ON t.run_id = r.id
            WHERE d.state = 'active' AND strpos(lower(t.task_id), lower($1)) > 0
            GROUP BY d.name, r.key, t.task_id
            ORDER BY min(strpos(lower(t.task_id), lower($1))), t.task_id, d.name LIMIT $2
            """
    )

    static let searchRunsStatement = Statement(
        name: "search_runs",
        sql: """
            SELECT d.name, r.key, r.state, r.logical_date
            FROM dag d
                CROSS JOIN LATERAL (
                    SELECT key, state, logical_date FROM dag_run
                    WHERE dag_id = d.id AND starts_with(key, $2) ORDER BY logical_date DESC LIMIT $3
                ) r
            WHERE $1 = '' OR strpos(lower(d.name), lower($1)) > 0
            ORDER BY r.logical_date DESC, d.name LIMIT $3
            """
    )
}
