package import Core
import Postgres

/// The runs of one stretch of time in a chart.
package struct RunBucket: Hashable, Sendable {
    /// Counted from the chart's beginning.
    package var number: Int
    package var runs: Int
    package var failures: Int
    /// Half of those that have started took less; nil where none has.
    package var median: Duration?
    package var longest: Duration?
}

extension Store {
    /// Runs that are counted, or drawn in a chart, at the most.
    package static let mostCounted = 10_000

    /// Counts the runs of a listing; one more than `mostCounted` where there are yet more.
    package func count(of filter: RunFilter) async throws -> Int {
        let none: [any PostgresEncodable] = [Timestamp?.none, Int?.none, filter.dag, Self.mostCounted + 1]
        return try await pool.execute(Self.countStatement(filter), none + filter.values)[0].decode(0)
    }

    /// Groups the newest runs of a listing by when they were made: so many stretches of one length from an instant on.
    package func chart(
        of filter: RunFilter,
        from start: Timestamp,
        every length: Duration,
        buckets: Int
    ) async throws -> [RunBucket] {
        let first: [any PostgresEncodable] = [Timestamp?.none, Int?.none, filter.dag, Self.mostCounted]
        let last: [any PostgresEncodable] = [start, start + length * buckets, length / .seconds(1)]
        return try await pool.execute(Self.chartStatement(filter), first + filter.values + last).map { row in
            RunBucket(
                number: try row.decode(0),
                runs: try row.decode(1),
                failures: try row.decode(2),
                median: try row.decode(3, as: Double?.self).map { .milliseconds(Int($0 * 1000)) },
                longest: try row.decode(4, as: Double?.self).map { .milliseconds(Int($0 * 1000)) }
            )
        }
    }

    /// The row ids of DAGs whose name contains a text, whatever its case, at most 500.
    package func dagIDs(named text: String) async throws -> [Int] {
        try await pool.execute(Self.dagIDsStatement, [text]).map { try $0.decode(0) }
    }

    static func countStatement(_ filter: RunFilter) -> Statement {
        Statement(
            name: "count_runs_\(filter.suffix)",
            sql: "SELECT count(*) FROM (SELECT FROM dag_run r WHERE \(filter.source) LIMIT $4) counted"
        )
    }

    static func chartStatement(_ filter: RunFilter) -> Statement {
        Statement(
            name: "chart_runs_\(filter.suffix)",
            sql: """
                SELECT bucket, count(*), count(*) FILTER (WHERE state = 'failed'),
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), max(seconds)
                FROM (
                    SELECT floor(extract(epoch FROM r.created_at - $11::timestamptz) / $13::float8)::bigint AS bucket,
                        r.state, \(RunRecord.seconds) AS seconds
                    FROM dag_run r
                    WHERE \(filter.source) AND r.created_at >= $11 AND r.created_at < $12::timestamptz
                    ORDER BY r.created_at DESC, r.id DESC LIMIT $4
                ) newest
                GROUP BY bucket ORDER BY bucket
                """
        )
    }

    static let dagIDsStatement = Statement(
        name: "dag_ids_named",
        sql: "SELECT id FROM dag WHERE strpos(lower(name), lower($1::text)) > 0 ORDER BY name LIMIT 500"
    )
}

extension RunFilter {
    /// The condition of a statement that does not begin after a place.
    fileprivate var source: String {
        let ofDAG = dag == nil ? "$3::text IS NULL" : "r.dag_id = (SELECT id FROM dag WHERE name = $3)"
        return "\(ofDAG) AND \(condition) AND $1::timestamptz IS NULL AND $2::bigint IS NULL"
    }
}
