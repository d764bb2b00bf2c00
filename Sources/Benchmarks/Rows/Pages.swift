import Postgres

/// P12: small answers over HTTP, by four clients at once.
struct SmallAnswers: Measurement {
    static let number = "P12"
    static let summary = "the tasks of a run, a grid and a small log over HTTP"

    private static let tasks = 200

    private static var file: DAGText {
        let lines = (1..<tasks).map { "  t\($0): {needs: hello}" }
        let text = "max_active_runs: 16\ntasks:\n  hello: {run: seq 100}\n" + lines.joined(separator: "\n") + "\n"
        return DAGText(name: "small", text: text)
    }

    func measure(_ bench: Bench) async throws -> [Finding] {
        try await MeasuredServer.with(bench, files: [Self.file]) { server in
            for _ in 0..<14 { _ = try server.api().post("dags/small/runs") }
            try await server.waitForRuns(of: "small")
            let key: String = try await server.database.execute(
                Statement(name: "bench_key", sql: "SELECT key FROM dag_run ORDER BY id DESC LIMIT 1")
            )[0].decode(0)
            let requests = bench.repetitions(4_000)
            let limit = try PageLoad.measure(server, "/assets/x/icon-failed.svg", clients: 4, requests: requests)
            let run = "/dags/small/runs/\(key)"
            let works = [
                ("200 task instances of a run", "/api/v1/runs/small/\(key)"),
                ("a page of 100 of them", "\(run)/tasks.json"),
                ("grid data, 200 tasks × 14 runs", "/dags/small/grid.json"),
                ("a small log", "\(run)/tasks/hello/log.txt"),
            ]
            return try works.map { work, route throws(BenchFailure) in
                let load = try PageLoad.measure(server, route, clients: 4, requests: requests / 4)
                return Finding(
                    row: Self.number,
                    work: "\(work), 4 clients",
                    figures: [
                        Figure("", load.perSecond, .perSecond, goal: .atLeast(2_000)),
                        Figure("p50", load.times.median, .milliseconds),
                        Figure("p99", load.times.percentile(99), .milliseconds, goal: .atMost(10)),
                    ],
                    limit: Figure("a file of the same server", limit.perSecond, .perSecond),
                    notes: ["\(work): \(Figure.number(Double(load.bytes) / 1000)) kB"]
                )
            }
        }
    }
}

/// P13: pages of runs with 10,000 tasks.
struct LargePages: Measurement {
    static let number = "P13"
    static let summary = "the pages of a run of 10,000 tasks, and the grid of 365 such runs"

    private static let tasks = 10_000

    private static var file: DAGText {
        let lines = (1...tasks).map { number in
            "  task_\(number): {run: 'true'\(number % 4 == 0 && number > 4 ? ", needs: task_\(number - 4)" : "")}"
        }
        return DAGText(name: "large", text: "tasks:\n" + lines.joined(separator: "\n") + "\n")
    }

    func measure(_ bench: Bench) async throws -> [Finding] {
        let runs = bench.repetitions(365)
        return try await MeasuredServer.with(bench, files: [Self.file]) { server in
            _ = try await server.database.execute(Self.fillRuns, [runs])
            _ = try await server.database.execute(Self.fillTasks)
            _ = try await server.database.execute(Self.analyze)
            let key: String = try await server.database.execute(Self.newest)[0].decode(0)
            let run = "/dags/large/runs/\(key)"
            let works = [
                ("run page, 10,000 tasks", run), ("its Gantt chart", "\(run)/gantt"), ("its graph", "\(run)/graph"),
                ("its failed tasks", "\(run)/tasks?state=failed"),
                ("grid of 10,000 tasks × \(runs) runs, window of 25", "/dags/large?runs=25"),
                ("history of one of its tasks", "/dags/large/tasks/task_5000"),
            ]
            return try works.map { work, route throws(BenchFailure) in
                let load = try PageLoad.measure(server, route, clients: 1, requests: bench.repetitions(40), gzip: true)
                return Finding(
                    row: Self.number,
                    work: work,
                    figures: load.times.figures(.milliseconds, p50: .atMost(100)),
                    limit: nil,
                    notes: ["\(work): \(Figure.number(Double(load.bytes) / 1000)) kB on the wire"]
                )
            }
        }
    }

    private static let newest = Statement(
        name: "bench_newest",
        sql: "SELECT key FROM dag_run ORDER BY logical_date DESC LIMIT 1"
    )

    private static let analyze = Statement(name: "bench_analyze", sql: "ANALYZE task_instance")

    private static let fillRuns = Statement(
        name: "bench_fill_runs",
        sql: """
            INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start,
                data_interval_end, run_after, actor, tasks, unfinished, failures, created_at, started_at, ended_at)
            SELECT d.id, d.version_id, 'k' || n, 'scheduled', 'failed', t, t, t, t, 'bench', 10000, 0, 200, t, t,
                t + interval '1 hour'
            FROM dag d, generate_series($1::bigint, 1, -1) n, LATERAL (SELECT now() - n * interval '1 day' AS t) s
            """
    )

    private static let fillTasks = Statement(
        name: "bench_fill_tasks",
        sql: """
            INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, upstream, started_at, ended_at)
            SELECT r.id, r.dag_id, 'task_' || n, n - 1, CASE WHEN n % 50 = 0 THEN 'failed' ELSE 'success' END, 0,
                r.started_at + n * interval '300 milliseconds',
                r.started_at + n * interval '300 milliseconds' + (1 + n * 7919 % 97) * interval '1 second'
            FROM dag_run r, generate_series(1, 10000) n
            """
    )
}
