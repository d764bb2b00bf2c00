import Core
import Postgres

/// P7: very many DAGs due at the same minute.
struct ManyDue: Measurement {
    static let number = "P7"
    static let summary = "10,000 DAGs due at the same minute, 3 servers"

    private static let minutes = 3

    func measure(_ bench: Bench) async throws -> [Finding] {
        let count = max(100, 10_000 * bench.size / 100)
        var files = (0..<count).map { index in
            DAGText(name: "due_\(index)", text: "schedule: \"* * * * *\"\ntasks: {only: {}}\n")
        }
        files.append(DAGText(name: "other", text: "schedule: {every: 1s}\ntasks: {only: {run: /bin/true}}\n"))
        return try await MeasuredServer.with(bench, files: files) { server in
            try await server.withPeers(2, slots: MeasuredServer.usualSlots) {
                // The minute under way may have begun before all were in force.
                try await server.wait(for: "\(Self.minutes) minutes of ticks", limit: 60 * (Self.minutes + 3)) {
                    let whole: Int = try await server.database.execute(Self.wholeMinutes, [count])[0].decode(0)
                    return whole >= Self.minutes
                }
                let row = try await server.database.execute(Self.lateness, [count])[0]
                let others = try await server.database.execute(Self.otherLateness, [count])[0]
                return [
                    Finding(
                        row: Self.number,
                        work: "\(Figure.number(Double(count))) DAGs due at one minute, 3 servers: all ledger rows",
                        figures: [
                            Figure("after", try row.decode(0), .milliseconds, goal: .atMost(2_000)),
                            Figure(
                                "latest start of another DAG",
                                try others.decode(0),
                                .milliseconds,
                                goal: .atMost(1_000)
                            ),
                        ],
                        limit: nil,
                        notes: [
                            "minutes that were seen whole: \(try row.decode(1) as Int); the figure is of the slowest",
                            "all runs of such a minute had ended \(Figure.number(try row.decode(2))) ms after it",
                        ]
                    )
                ]
            }
        }
    }

    private static let minuteTable = """
        SELECT t.tick_at, count(*) AS ticks, max(t.decided_at) AS decided, max(r.ended_at) AS ended,
            bool_and(r.ended_at IS NOT NULL) AS done
        FROM tick t JOIN dag d ON d.id = t.dag_id AND d.name LIKE 'due_%' LEFT JOIN dag_run r ON r.id = t.run_id
        WHERE t.decision = 'created' GROUP BY t.tick_at HAVING count(*) = $1
        """

    private static let wholeMinutes = Statement(
        name: "bench_whole_minutes",
        sql: "SELECT count(*) FROM (\(minuteTable)) minutes WHERE done"
    )

    // now() is when a transaction began; the last one's commit comes after it, by what one batch takes.
    private static let lateness = Statement(
        name: "bench_tick_lateness",
        sql: """
            SELECT max(extract(epoch FROM decided - tick_at))::float8 * 1000, count(*),
                max(extract(epoch FROM ended - tick_at))::float8 * 1000
            FROM (\(minuteTable)) minutes WHERE done
            """
    )

    private static let otherLateness = Statement(
        name: "bench_other_lateness",
        sql: """
            WITH minutes AS (\(minuteTable))
            SELECT coalesce(max(extract(epoch FROM r.started_at - r.logical_date)), 0)::float8 * 1000
            FROM dag_run r JOIN dag d ON d.id = r.dag_id AND d.name = 'other'
            WHERE r.started_at IS NOT NULL AND EXISTS (SELECT FROM minutes WHERE done
                AND r.logical_date BETWEEN tick_at AND tick_at + interval '10 s')
            """
    )
}
