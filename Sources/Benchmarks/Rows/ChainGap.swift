import Postgres

/// P1: from the end of a task to the start of the next, along a chain.
struct ChainGap: Measurement {
    static let number = "P1"
    static let summary = "a chain of 30 tasks: from the end of one to the start of the next"

    private static let length = 30

    /// What a task writes says when its shell was there; the next one's line is its start.
    private static var file: DAGText {
        let tasks = (0..<length).map { position in
            let needs = position == 0 ? "" : "\n    needs: t\(position - 1)"
            return "  t\(position):\(needs)\n    run: echo \"$EPOCHREALTIME\" >> \"$WITNESS\""
        }
        return DAGText(
            name: "chain",
            text: "env: {WITNESS: ../witness}\ntasks:\n" + tasks.joined(separator: "\n") + "\n"
        )
    }

    func measure(_ bench: Bench) async throws -> [Finding] {
        try await MeasuredServer.with(bench, files: [Self.file]) { server in
            let api = try server.api()
            var (seen, recorded) = (Samples(), Samples())
            var limits = [try await StepLimit.measure(on: server, bench)]
            for round in 0...bench.repetitions(10) {
                _ = try api.post("dags/chain/runs")
                try await server.waitForRuns(of: "chain")
                let times = server.takeWitness().compactMap { $0.first.flatMap { Double($0) } }
                guard times.count == Self.length else {
                    throw BenchFailure.strange(what: "\(times.count) of \(Self.length) tasks of the chain were seen")
                }
                // The first chain finds a cold server.
                guard round > 0 else { continue }
                for (end, start) in zip(times, times.dropFirst()) { seen.add((start - end) * 1000) }
                recorded.add(try await Self.recordedGaps(server))
            }
            limits.append(try await StepLimit.measure(on: server, bench))
            let limit = StepLimit.middle(limits)
            return [
                Finding(
                    row: Self.number,
                    work: "chain of \(Self.length) tasks: end of one to start of the next",
                    figures: seen.figures(.milliseconds, p50: .atMost(2), p99: .atMost(8)),
                    limit: limit.figure,
                    notes: [
                        limit.note,
                        "by the times in the database p50 \(Figure.number(recorded.median)) ms, "
                            + "p99 \(Figure.number(recorded.percentile(99))) ms; the figures are the tasks' own clocks, "
                            + "which see the ends of processes as well",
                    ]
                )
            ]
        }
    }

    /// The same gaps of the latest run as the database has them.
    private static func recordedGaps(_ server: MeasuredServer) async throws -> Samples {
        let rows = try await server.database.execute(
            Statement(
                name: "bench_gaps",
                sql: """
                    SELECT extract(epoch FROM a.started_at - lag(a.ended_at) OVER (ORDER BY t.task_index))::float8 * 1000
                    FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id
                    WHERE a.run_id = (SELECT max(id) FROM dag_run) ORDER BY t.task_index OFFSET 1
                    """
            )
        )
        var samples = Samples()
        for row in rows { samples.add(try row.decode(0)) }
        return samples
    }
}
