import Postgres

/// P10: what a server costs that has nothing to do.
struct IdleProcessor: Measurement {
    static let number = "P10"
    static let summary = "the processor time of an idle server, with 3 and 1,000 DAGs"

    func measure(_ bench: Bench) async throws -> [Finding] {
        [
            try await Self.measure(bench, dags: 3, goal: 0.5),
            try await Self.measure(bench, dags: 1_000, goal: 1),
        ]
    }

    private static func measure(_ bench: Bench, dags: Int, goal: Double) async throws -> Finding {
        var generator = bench.generator(for: number)
        let files = (0..<dags).map { SampleDAG.file("idle_\($0)", using: &generator) }
        return try await MeasuredServer.with(bench, files: files) { server in
            let processes = try server.processes()
            // What came with the start is not idleness.
            try await Machine.pause(.seconds(5))
            let begun = ContinuousClock.now
            let before = processes.times()
            try await Machine.pause(.seconds(bench.repetitions(20)))
            let seconds = begun.duration(to: .now) / .seconds(1)
            let used = processes.times() - before
            func share(_ time: Double) -> Double { time / seconds * 100 }
            return Finding(
                row: number,
                work: "idle, \(Figure.number(Double(dags))) DAGs, database included",
                figures: [Figure("", share(used.total), .percent, goal: .atMost(goal))],
                limit: nil,
                notes: [
                    "with \(Figure.number(Double(dags))) DAGs: server \(Figure.number(share(used.server))) %, keeper "
                        + "\(Figure.number(share(used.keeper))) %, database \(Figure.number(share(used.database))) %"
                ]
            )
        }
    }
}

/// P11: memory, idle and with much to do.
struct IdleMemory: Measurement {
    static let number = "P11"
    static let summary = "memory, idle and with 10,000 tasks in flight"

    private static let tasks = 10_000

    private static var file: DAGText {
        let lines = (0..<tasks).map { "  t\($0): {run: sleep 600}" }
        return DAGText(name: "wide", text: "max_active_tasks: 64\ntasks:\n" + lines.joined(separator: "\n") + "\n")
    }

    func measure(_ bench: Bench) async throws -> [Finding] {
        let idle = try await MeasuredServer.with(bench, files: [SampleDAG.first]) { server in
            try await Machine.pause(.seconds(3))
            return try server.processes().memory()
        }
        let busy = try await MeasuredServer.with(bench, files: [Self.file], slots: 64) { server in
            _ = try server.api().post("dags/wide/runs")
            try await server.wait(for: "64 of 10,000 tasks to run") {
                let running: Int = try await server.database.execute(Self.running)[0].decode(0)
                return running >= 64
            }
            try await Machine.pause(.seconds(3))
            return try server.processes().memory()
        }
        return [
            Finding(
                row: Self.number,
                work: "memory of server and keeper (PSS), idle",
                figures: [Figure("", idle, .mebibytes, goal: .atMost(60))],
                limit: nil
            ),
            Finding(
                row: Self.number,
                work: "the same with 10,000 tasks in flight",
                figures: [Figure("", busy, .mebibytes, goal: .atMost(150))],
                limit: nil,
                notes: ["in flight: 64 run, 9,936 are queued"]
            ),
        ]
    }

    private static let running = Statement(
        name: "bench_running",
        sql: "SELECT count(*) FROM task_instance WHERE state = 'running'"
    )
}
