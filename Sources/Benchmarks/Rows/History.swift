import Postgres

/// P15: the same work with a long history.
struct History: Measurement {
    static let number = "P15"
    static let summary = "the same work with no history and with 10,000,000 task rows of it"

    private static let width = 200
    private static let tasksOfRun = 100
    /// Runs that are written in one transaction.
    private static let batch = 1_000

    private struct Cost {
        var rate: Double
        /// Milliseconds of processor time a task: server, keeper and database.
        var own: Double
        /// Milliseconds of the database's alone.
        var database: Double
    }

    func measure(_ bench: Bench) async throws -> [Finding] {
        let runs = max(Self.batch, 100_000 * bench.size / 100)
        return try await MeasuredServer.with(bench, files: [FanOut.file(Self.width)]) { server in
            let rounds = max(3, bench.repetitions(10))
            let before = try await Self.cost(server, rounds)
            let start = ContinuousClock.now
            for first in stride(from: 0, to: runs, by: Self.batch) {
                _ = try await server.database.execute(
                    Self.seed,
                    [FanOut.name(Self.width), first, min(first + Self.batch, runs) - 1, runs, Self.tasksOfRun]
                )
            }
            for table in ["dag_run", "task_instance", "attempt"] {
                _ = try await server.database.execute(
                    Statement(name: "bench_vacuum_\(table)", sql: "VACUUM (ANALYZE) \(table)")
                )
            }
            let seeding = start.duration(to: .now) / .seconds(1)
            let after = try await Self.cost(server, rounds)
            let rows = runs * Self.tasksOfRun
            return [
                Finding(
                    row: Self.number,
                    work: "1 → \(Self.width) → 1 with \(Figure.number(Double(rows))) task rows of history",
                    figures: [
                        Figure("processor time", after.own / before.own, .times, goal: .atMost(1.1)),
                        Figure("duration", before.rate / after.rate, .times, goal: .atMost(1.1)),
                    ],
                    limit: Figure("with no history", before.rate, .perSecond),
                    notes: [
                        "with history \(Figure.number(after.rate))/s, \(Figure.number(after.own)) ms of our own processor "
                            + "time a task, \(Figure.number(after.database)) of it the database's; without "
                            + "\(Figure.number(before.rate))/s, \(Figure.number(before.own)) and "
                            + "\(Figure.number(before.database)) ms",
                        "the history took \(Figure.number(seeding)) s to write",
                    ]
                )
            ]
        }
    }

    private static func cost(_ server: MeasuredServer, _ rounds: Int) async throws -> Cost {
        let api = try server.api()
        let processes = try server.processes()
        var rates = Samples()
        var used = ServerProcesses.Times()
        for round in 0...rounds {
            let before = processes.times()
            _ = try api.post("dags/\(FanOut.name(width))/runs")
            try await server.waitForRuns(of: FanOut.name(width))
            let spent = processes.times() - before
            // The first one finds cold caches.
            guard round > 0 else { continue }
            rates.add(try await FanOut.rate(server, width))
            used = FanOut.sum(used, spent)
        }
        let tasks = Double(rounds * (width + 2))
        return Cost(rate: rates.median, own: used.own / tasks * 1000, database: used.database / tasks * 1000)
    }

    /// Runs of the past 80 days, each with its tasks, each with one attempt.
    private static let seed = Statement(
        name: "bench_seed_history",
        sql: """
            WITH dag AS (SELECT id, version_id FROM dag WHERE name = $1),
                run AS (
                    INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start,
                        data_interval_end, run_after, actor, tasks, unfinished, created_at, started_at, ended_at)
                    SELECT dag.id, dag.version_id, 'history-' || n, 'manual', 'success', at, at, at, at, 'bench', $5, 0,
                        at, at, at + interval '1 minute'
                    FROM dag, generate_series($2::bigint, $3::bigint) n,
                        LATERAL (SELECT now() - interval '1 day' - (1 - n::float8 / $4::bigint) * interval '80 days') past (at)
                    RETURNING id, dag_id, started_at),
                task AS (
                    INSERT INTO task_instance (run_id, dag_id, task_id, task_index, state, attempts, upstream,
                        queued_at, started_at, ended_at)
                    SELECT run.id, run.dag_id, 't' || i, i, 'success', 1, 0, started_at, started_at,
                        started_at + interval '30 s'
                    FROM run, generate_series(0, $5::bigint - 1) i
                    RETURNING id, run_id, dag_id, started_at, ended_at)
            INSERT INTO attempt (id, task_instance_id, run_id, dag_id, number, state, runner, fence, slots, intended_at,
                started_at, ended_at, duration_us, exit_code, log_sealed)
            SELECT (lpad(to_hex((extract(epoch FROM started_at) * 1000)::bigint), 12, '0') || '7'
                    || substr(md5(id::text), 1, 19))::uuid,
                id, run_id, dag_id, 1, 'success', 'local', 1, 1, started_at, started_at, ended_at, 30000000, 0, true
            FROM task
            """
    )
}
