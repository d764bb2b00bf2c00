import Postgres

extension Store {
    /// Lists DAGs by name, from the one after `name` on; the limit is at least 1.
    package func dags(
        after name: String? = nil,
        includesRetired: Bool = false,
        limit: Int
    ) async throws -> Page<DAGRecord, String> {
        let parameters: [any PostgresEncodable] = [name ?? "", includesRetired, limit + 1]
        var items = try await pool.execute(Self.dagsStatement, parameters).map { try DAGRecord(row: $0) }
        guard items.count > limit else { return Page(items: items, next: nil) }
        items.removeLast()
        return Page(items: items, next: items.last?.name)
    }

    /// Reads one DAG; nil where there is none.
    package func dag(_ name: String) async throws -> DAGRecord? {
        try await pool.execute(Self.dagStatement, [name]).first.map { try DAGRecord(row: $0) }
    }

    /// The names of all DAGs whose file is there, for "did you mean".
    package func dagNames() async throws -> [String] {
        try await pool.execute(Self.dagNamesStatement, []).map { try $0.decode(0) }
    }

    /// Lists a DAG's versions, newest first, at most 1,000.
    package func versions(ofDAG name: String) async throws -> [DAGVersionRecord] {
        try await pool.execute(Self.versionsStatement, [name]).map { try DAGVersionRecord(row: $0) }
    }

    /// What one version of a DAG was made of; nil where there is no such version.
    package func source(ofDAG name: String, version: Int) async throws -> VersionSource? {
        try await pool.execute(Self.sourceStatement, [name, version]).first.map { try VersionSource(row: $0) }
    }

    static let dagsStatement = Statement(
        name: "read_dags",
        sql: """
            \(DAGRecord.query)
            WHERE d.name > $1 AND ($2 OR d.state = 'active')
            ORDER BY d.name
            LIMIT $3
            """
    )

    static let dagStatement = Statement(name: "read_dag", sql: "\(DAGRecord.query) WHERE d.name = $1")

    static let dagNamesStatement = Statement(
        name: "read_dag_names",
        sql: "SELECT name FROM dag WHERE state = 'active' ORDER BY name"
    )

    static let versionsStatement = Statement(
        name: "read_dag_versions",
        sql: "\(DAGVersionRecord.query) WHERE d.name = $1 ORDER BY v.number DESC LIMIT 1000"
    )

    static let sourceStatement = Statement(
        name: "read_dag_source",
        sql: """
            SELECT \(VersionSource.columns) FROM dag_version v JOIN dag d ON d.id = v.dag_id
            WHERE d.name = $1 AND v.number = $2
            """
    )
}
