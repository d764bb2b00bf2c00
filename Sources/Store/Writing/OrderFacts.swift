package import Core
import Postgres

/// What an attempt's environment is made of.
package struct OrderFacts: Sendable {
    package var name: RunName
    package var path: String
    package var type: RunType
    package var logicalDate: Timestamp
    package var dataIntervalStart: Timestamp
    package var dataIntervalEnd: Timestamp
    package var params: [String: String]

    /// Joins the facts.
    package init(
        name: RunName,
        path: String,
        type: RunType,
        logicalDate: Timestamp,
        dataIntervalStart: Timestamp,
        dataIntervalEnd: Timestamp,
        params: [String: String]
    ) {
        self.name = name
        self.path = path
        self.type = type
        self.logicalDate = logicalDate
        self.dataIntervalStart = dataIntervalStart
        self.dataIntervalEnd = dataIntervalEnd
        self.params = params
    }
}

extension OrderFacts {
    /// Asks for the facts about runs.
    static let statement = Statement(
        name: "order_facts",
        sql: """
            SELECT r.id, d.name, r.key, d.path, r.type, r.logical_date, r.data_interval_start,
                r.data_interval_end, ARRAY(SELECT key FROM jsonb_each_text(r.params) ORDER BY key),
                ARRAY(SELECT value FROM jsonb_each_text(r.params) ORDER BY key)
            FROM dag_run r JOIN dag d ON d.id = r.dag_id WHERE r.id = ANY($1::bigint[])
            """
    )

    /// The facts by run, from that statement's answer.
    static func read(_ rows: Rows) throws -> [Int: OrderFacts] {
        var facts: [Int: OrderFacts] = [:]
        for row in rows {
            let names: [String] = try row.decode(8)
            let values: [String] = try row.decode(9)
            facts[try row.decode(0)] = OrderFacts(
                name: RunName(dag: try row.decode(1), key: try row.decode(2)),
                path: try row.decode(3),
                type: try row.decode(4),
                logicalDate: try row.decode(5),
                dataIntervalStart: try row.decode(6),
                dataIntervalEnd: try row.decode(7),
                params: Dictionary(zip(names, values)) { first, _ in first }
            )
        }
        return facts
    }
}
