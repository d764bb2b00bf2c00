import Postgres

/// P2: one task, then very many, then one.
struct FanOut: Measurement {
    static let number = "P2"
    static let summary = "a fan-out of 200, then 2,000, processes on the local runner"

    /// A task may need at most so many others, so a wider fan comes together in two steps.
    private static let mostNeeds = 1_000

    static func name(_ width: Int) -> String { "fan_\(width)" }

    static func file(_ width: Int) -> DAGText {
        var text = "max_active_tasks: \(width)\ntasks:\n  first: {run: /bin/true}\n"
        for index in 0..<width { text += "  t\(index): {needs: first, run: /bin/true}\n" }
        var joins: [String] = []
        for start in stride(from: 0, to: width, by: mostNeeds) {
            let needed = (start..<min(start + mostNeeds, width)).map { "t\($0)" }.joined(separator: ", ")
            joins.append("j\(start)")
            text += "  j\(start): {needs: [\(needed)], run: /bin/true}\n"
        }
        if joins.count > 1 { text += "  last: {needs: [\(joins.joined(separator: ", "))], run: /bin/true}\n" }
        return DAGText(name: name(width), text: text)
    }

    func measure(_ bench: Bench) async throws -> [Finding] {
        let plans = [(width: 200, rounds: bench.repetitions(5)), (width: 2_000, rounds: bench.repetitions(2))]
        return try await MeasuredServer.with(bench, files: plans.map { Self.file($0.width) }) { server in
            var findings: [Finding] = []
            for plan in plans { findings.append(try await Self.measure(server, plan.width, plan.rounds)) }
            return findings
        }
    }

    private static func measure(_ server: MeasuredServer, _ width: Int, _ rounds: Int) async throws -> Finding {
        let api = try server.api()
        let spawn = try SpawnLimit(in: server.scratch)
        let processes = try server.processes()
        var (rates, limits, limitTimes) = (Samples(), Samples(), Samples())
        var (used, commits, bytes) = (ServerProcesses.Times(), 0, 0)
        for round in 0...rounds {
            let limit = try spawn.rate(count: width)
            let before = (processes.times(), try await Self.written(server))
            _ = try api.post("dags/\(name(width))/runs")
            try await server.waitForRuns(of: name(width))
            let after = (processes.times(), try await Self.written(server))
            // The first one finds a cold server.
            guard round > 0 else { continue }
            limits.add(limit.perSecond)
            limitTimes.add(limit.processorTime)
            rates.add(try await Self.rate(server, width))
            used = Self.sum(used, after.0 - before.0)
            commits += after.1.commits - before.1.commits
            bytes += after.1.bytes - before.1.bytes
        }
        let tasks = Double(rounds * (width + 2))
        func each(_ seconds: Double) -> String { Figure.number(seconds / tasks * 1000) }
        return Finding(
            row: number,
            work: "1 → \(Figure.number(Double(width))) → 1, real processes",
            figures: [
                Figure("", rates.median, .perSecond, goal: .shareOfLimit(0.6)),
                Figure("with", used.total / tasks * 1000, .millisecondsPerTask, goal: .atMost(2)),
            ],
            limit: Figure("spawning", limits.median, .perSecond),
            notes: [
                "processor time a task at \(Figure.number(Double(width))): server \(each(used.server)) ms, "
                    + "keeper \(each(used.keeper)) ms, database \(each(used.database)) ms, the task itself "
                    + "\(each(used.tasks)) ms; spawning alone \(Figure.number(limitTimes.median)) ms",
                "writing commits a task: \(Figure.number(Double(commits) / tasks)), bytes of write-ahead log a task: "
                    + Figure.number(Double(bytes) / tasks),
            ]
        )
    }

    /// Tasks a second, from the first task's end to the last one's of the fan, in the latest run.
    static func rate(_ server: MeasuredServer, _ width: Int) async throws -> Double {
        let row = try await server.database.execute(
            Statement(
                name: "bench_fan_rate",
                sql: """
                    SELECT $1::float8 / extract(epoch FROM max(a.ended_at) FILTER (WHERE t.task_index BETWEEN 1 AND $2)
                        - max(a.ended_at) FILTER (WHERE t.task_index = 0))::float8
                    FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id
                    WHERE a.run_id = (SELECT max(id) FROM dag_run)
                    """
            ),
            [Double(width), width]
        )[0]
        return try row.decode(0)
    }

    /// Transactions that wrote, and bytes of write-ahead log, since the beginning.
    private static func written(_ server: MeasuredServer) async throws -> (commits: Int, bytes: Int) {
        let row = try await server.database.execute(
            Statement(
                name: "bench_written",
                sql: """
                    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
                        pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint
                    """
            )
        )[0]
        return (commits: try row.decode(0), bytes: try row.decode(1))
    }

    static func sum(_ left: ServerProcesses.Times, _ right: ServerProcesses.Times) -> ServerProcesses.Times {
        ServerProcesses.Times(
            server: left.server + right.server,
            keeper: left.keeper + right.keeper,
            database: left.database + right.database,
            tasks: left.tasks + right.tasks
        )
    }
}
