import Postgres

/// P18: the same work with one to four servers on one database.
struct Scaling: Measurement {
    static let number = "P18"
    static let summary = "1 to 4 servers on one database"

    /// Few slots and tasks that sleep: then what grows with the servers is what they do, and not what two processors can.
    private static let slots = 4
    private static let sleepers = 160
    private static let spinners = 600

    private static var files: [DAGText] {
        func fan(_ name: String, _ width: Int, _ command: String) -> DAGText {
            var text = "max_active_tasks: \(width)\ntasks:\n"
            for index in 0..<width { text += "  t\(index): {run: \(command)}\n" }
            return DAGText(name: name, text: text)
        }
        return [fan("sleeping", sleepers, "sleep 0.25"), fan("spinning", spinners, "/bin/true")]
    }

    func measure(_ bench: Bench) async throws -> [Finding] {
        try await MeasuredServer.with(bench, files: Self.files, slots: Self.slots) { server in
            var findings: [Finding] = []
            var alone: (sleeping: Double, spinning: Double)?
            for servers in 1...4 {
                let rates = try await server.withPeers(servers - 1, slots: Self.slots) {
                    (
                        sleeping: try await Self.rate(server, "sleeping", Self.sleepers, bench.repetitions(2)),
                        spinning: try await Self.rate(server, "spinning", Self.spinners, bench.repetitions(3))
                    )
                }
                let first = alone ?? rates
                alone = first
                findings.append(
                    Finding(
                        row: Self.number,
                        work:
                            "\(servers) server\(servers == 1 ? "" : "s") of \(Self.slots) slots: tasks that sleep 0.25 s",
                        figures: [
                            Figure(
                                "",
                                rates.sleeping,
                                .perSecond,
                                goal: .atLeast(0.9 * Double(servers) * first.sleeping)
                            )
                        ],
                        limit: Figure("slots by duration", Double(servers * Self.slots) / 0.25, .perSecond)
                    )
                )
                findings.append(
                    Finding(
                        row: Self.number,
                        work: "the same servers: tasks of /bin/true, which two processors bound",
                        figures: [Figure("", rates.spinning, .perSecond, goal: .atLeast(0.9 * first.spinning))],
                        limit: nil
                    )
                )
            }
            return findings
        }
    }

    /// Tasks a second, from the first intent to the last end of the latest run.
    private static func rate(
        _ server: MeasuredServer,
        _ dag: String,
        _ width: Int,
        _ rounds: Int
    ) async throws -> Double {
        let api = try server.api()
        var rates = Samples()
        for round in 0...rounds {
            _ = try api.post("dags/\(dag)/runs")
            try await server.waitForRuns(of: dag)
            // The first one finds cold servers.
            guard round > 0 else { continue }
            let row = try await server.database.execute(
                Statement(
                    name: "bench_scaling_rate",
                    sql: """
                        SELECT $1::float8 / extract(epoch FROM max(ended_at) - min(intended_at))::float8 FROM attempt
                        WHERE run_id = (SELECT max(id) FROM dag_run)
                        """
                ),
                [Double(width)]
            )[0]
            rates.add(try row.decode(0))
        }
        return rates.median
    }
}
