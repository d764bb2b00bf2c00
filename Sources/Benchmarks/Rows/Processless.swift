import Postgres

/// P3: tasks that start no process.
struct Processless: Measurement {
    static let number = "P3"
    static let summary = "tasks that start no process: HTTP requests to loopback, and tasks that do nothing"

    private static let requests = 4_000
    private static let joins = 10_000

    private static func files(port: Int) -> [DAGText] {
        var asks = "max_active_tasks: \(requests)\ntasks:\n"
        for index in 0..<requests { asks += "  t\(index): {http: {url: \"http://127.0.0.1:\(port)/\"}}\n" }
        var nothing = "tasks:\n"
        for index in 0..<joins { nothing += "  t\(index): {}\n" }
        return [DAGText(name: "asks", text: asks), DAGText(name: "nothing", text: nothing)]
    }

    func measure(_ bench: Bench) async throws -> [Finding] {
        try await Answerer.with { port in
            try await MeasuredServer.with(bench, files: Self.files(port: port)) { server in
                let commit = try await CommitLimit.measure(on: server.database, count: bench.repetitions(300)).median
                let limit = Figure("single-row commits, one client", 1000 / commit, .perSecond)
                return [
                    Finding(
                        row: Self.number,
                        work: "\(Figure.number(Double(Self.requests))) requests to loopback, an attempt each",
                        figures: [
                            Figure(
                                "",
                                try await Self.rate(server, "asks", Self.requests, bench.repetitions(3)),
                                .perSecond,
                                goal: .atLeast(10_000)
                            )
                        ],
                        limit: limit
                    ),
                    Finding(
                        row: Self.number,
                        work: "\(Figure.number(Double(Self.joins))) tasks that do nothing",
                        figures: [
                            Figure(
                                "",
                                try await Self.rate(server, "nothing", Self.joins, bench.repetitions(3)),
                                .perSecond,
                                goal: .atLeast(20_000)
                            )
                        ],
                        limit: limit
                    ),
                ]
            }
        }
    }

    /// Tasks a second, from the trigger to the run's end.
    private static func rate(
        _ server: MeasuredServer,
        _ dag: String,
        _ tasks: Int,
        _ rounds: Int
    ) async throws -> Double {
        let api = try server.api()
        var rates = Samples()
        for round in 0...rounds {
            _ = try api.post("dags/\(dag)/runs")
            try await server.waitForRuns(of: dag)
            // The first one finds a cold server.
            guard round > 0 else { continue }
            let row = try await server.database.execute(
                Statement(
                    name: "bench_processless_rate",
                    sql: """
                        SELECT $1::float8 / extract(epoch FROM ended_at - created_at)::float8 FROM dag_run
                        ORDER BY id DESC LIMIT 1
                        """
                ),
                [Double(tasks)]
            )[0]
            rates.add(try row.decode(0))
        }
        return rates.median
    }
}
