package import Core
import Postgres

/// What a listing says of a DAG's past.
package struct DAGStrip: Hashable, Sendable {
    package var dag: String
    /// Its newest runs, newest first, at most 14.
    package var runs: [Entry]
    /// How many runs failed in the last seven days.
    package var failures: Int
    /// How long its runs take; nil where none succeeded.
    package var usual: Duration?

    /// One run of the strip.
    package struct Entry: Hashable, Sendable {
        package var key: String
        package var state: RunState
        package var logicalDate: Timestamp
    }
}

extension Store {
    /// Reads the strips of DAGs by their row ids; in no order.
    package func strips(ofDAGs rowIDs: [Int]) async throws -> [String: DAGStrip] {
        var strips: [String: DAGStrip] = [:]
        for row in try await pool.execute(Self.stripsStatement, [rowIDs]) {
            let name: String = try row.decode(0)
            let keys = try row.decode(1, as: [String].self)
            let states = try row.decode(2, as: [RunState].self)
            let dates = try row.decode(3, as: [Timestamp].self)
            strips[name] = DAGStrip(
                dag: name,
                runs: zip(keys, zip(states, dates)).map { DAGStrip.Entry(key: $0, state: $1.0, logicalDate: $1.1) },
                failures: try row.decode(4),
                usual: try row.decode(5, as: Double?.self).map { .milliseconds(Int($0 * 1000)) }
            )
        }
        return strips
    }

    static let stripsStatement = Statement(
        name: "dag_strips",
        sql: """
            SELECT d.name, coalesce(s.keys, '{}'), coalesce(s.states, '{}'), coalesce(s.dates, '{}'), f.runs, usual.seconds
            FROM dag d
                CROSS JOIN LATERAL (
                    SELECT array_agg(r.key ORDER BY r.logical_date DESC, r.id DESC) AS keys,
                        array_agg(r.state ORDER BY r.logical_date DESC, r.id DESC) AS states,
                        array_agg(r.logical_date ORDER BY r.logical_date DESC, r.id DESC) AS dates
                    FROM (
                        SELECT id, key, state, logical_date FROM dag_run
                        WHERE dag_id = d.id ORDER BY logical_date DESC, id DESC LIMIT 14
                    ) r
                ) s
                CROSS JOIN LATERAL (
                    SELECT count(*) AS runs FROM dag_run
                    WHERE dag_id = d.id AND state = 'failed' AND logical_date > now() - interval '7 days'
                ) f
                CROSS JOIN LATERAL \(UsualDuration.runs) usual
            WHERE d.id = ANY ($1)
            """
    )
}
