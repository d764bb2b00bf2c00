package import Core
import Postgres

/// A file of the DAG folder that cannot be read as it is.
package struct FileErrorRecord: Hashable, Sendable {
    /// Relative to the folder.
    package var path: String
    /// The DAG whose last good version stays in force; nil where there never was one.
    package var dag: String?
    /// What is wrong with it: a JSON array of objects with `line`, `column`, `severity`, `message` and `hint`.
    package var problems: String
    package var seenAt: Timestamp
}

extension FileErrorRecord {
    init(row: Row) throws(DatabaseError) {
        path = try row.decode(0)
        dag = try row.decode(1)
        problems = try row.decode(2, as: JSONText.self).text
        seenAt = try row.decode(3)
    }
}

extension Store {
    /// Lists the files that cannot be read, by path.
    package func fileErrors() async throws -> [FileErrorRecord] {
        try await pool.execute(Self.fileErrorsStatement, []).map { try FileErrorRecord(row: $0) }
    }

    /// What is wrong with one file; nil where nothing is.
    package func fileError(path: String) async throws -> FileErrorRecord? {
        try await pool.execute(Self.fileErrorStatement, [path]).first.map { try FileErrorRecord(row: $0) }
    }

    static let fileErrorsStatement = Statement(
        name: "read_file_errors",
        sql: """
            SELECT e.path, d.name, e.problems, e.seen_at FROM dag_file_error e LEFT JOIN dag d ON d.name = e.dag_name
            ORDER BY e.path LIMIT 10000
            """
    )

    static let fileErrorStatement = Statement(
        name: "read_file_error",
        sql: """
            SELECT e.path, d.name, e.problems, e.seen_at FROM dag_file_error e LEFT JOIN dag d ON d.name = e.dag_name
            WHERE e.path = $1
            """
    )
}
