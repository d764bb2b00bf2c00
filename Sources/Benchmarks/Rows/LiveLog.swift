import Postgres

/// P22: how soon a line that a command prints can be read, and how fast a log goes through one server.
struct LiveLog: Measurement {
    static let number = "P22"
    static let summary = "a log's bytes: from the command to a reader, and how many a second"

    private static let lines = 250
    /// Below what is kept of a log by default.
    private static let megabytes = 250

    private static func files(_ bench: Bench) -> [DAGText] {
        let line = #"printf 'at %s and some more words as usual\n' "$EPOCHREALTIME""#
        let bytes = bench.repetitions(megabytes) * 1_000_000
        let words = "2026-11-21 connection to the warehouse is open, batch committed without any trouble 0123456789"
        return [
            DAGText(
                name: "ticking",
                text: "tasks:\n  say:\n    run: |\n      for i in $(seq \(lines)); do \(line); sleep 0.02; done\n"
            ),
            DAGText(
                name: "pouring",
                text: "tasks:\n  say:\n    run: yes '\(words)' | head -c \(bytes) || true\n"
            ),
        ]
    }

    func measure(_ bench: Bench) async throws -> [Finding] {
        try await MeasuredServer.with(bench, files: Self.files(bench)) { server in
            let (delays, busy) = (try await Self.delays(server), Machine.processors)
            let rate = try await Self.rate(server)
            return [
                Finding(
                    row: Self.number,
                    work: "50 lines a second: from a line's print to the end of an answer that waited for it",
                    figures: delays.figures(.milliseconds, p50: nil, p99: .atMost(200)),
                    limit: nil
                ),
                Finding(
                    row: Self.number,
                    work: "\(bench.repetitions(Self.megabytes)) MB printed at once: from the start to the log's seal",
                    figures: [Figure("", rate, .megabytesPerSecond, goal: .atLeast(50))],
                    limit: nil,
                    notes: ["`yes`, `head`, keeper, server and PostgreSQL share \(busy) processors"]
                ),
            ]
        }
    }

    /// Milliseconds from each line's print until it has been read over the API.
    private static func delays(_ server: MeasuredServer) async throws -> Samples {
        let api = try server.api()
        _ = try api.post("dags/ticking/runs")
        try await server.wait(for: "the first line") {
            let bytes: Int = try await server.database.execute(stored)[0].decode(0)
            return bytes > 0
        }
        let run: String = try await server.database.execute(key)[0].decode(0)
        let route = "runs/ticking/\(run)/tasks/say/attempts/1/log"
        var (samples, place, isComplete, rest) = (Samples(), 0, false, "")
        var isFirst = true
        while !isComplete {
            let (head, body) = try api.get("\(route)?from=\(place)&wait=10")
            let now = Machine.wallClock()
            guard let next = APISocket.header("rota-log-next", in: head).flatMap({ Int($0) }) else {
                throw BenchFailure.strange(what: "an answer with a log says nothing of what comes next")
            }
            (place, isComplete) = (next, APISocket.header("rota-log-complete", in: head) == "true")
            rest += body
            while let end = rest.firstIndex(of: "\n") {
                let words = rest[..<end].split(separator: " ")
                rest = String(rest[rest.index(after: end)...])
                // What was there before anybody followed says nothing.
                guard !isFirst, words.count > 1, let printed = Double(words[1]) else { continue }
                samples.add((now - printed) * 1_000)
            }
            isFirst = false
        }
        try await server.waitForRuns(of: "ticking")
        return samples
    }

    /// Megabytes a second of a task that does nothing but print.
    private static func rate(_ server: MeasuredServer) async throws -> Double {
        _ = try server.api().post("dags/pouring/runs")
        try await server.wait(for: "the whole log", limit: 600) {
            let isSealed: Bool = try await server.database.execute(sealed)[0].decode(0)
            return isSealed
        }
        let row = try await server.database.execute(pace)[0]
        return try row.decode(0)
    }

    private static let stored = Statement(
        name: "bench_live_bytes",
        sql: "SELECT coalesce(sum(log_bytes), 0)::bigint FROM attempt"
    )
    private static let key = Statement(name: "bench_live_run", sql: "SELECT key FROM dag_run ORDER BY id DESC LIMIT 1")
    private static let sealed = Statement(
        name: "bench_live_sealed",
        sql: """
            SELECT coalesce((SELECT log_sealed FROM attempt WHERE run_id = (SELECT max(id) FROM dag_run)), false)
            """
    )
    private static let pace = Statement(
        name: "bench_live_pace",
        sql: """
            SELECT log_bytes / 1e6::float8 / extract(epoch FROM clock_timestamp() - started_at)::float8 FROM attempt
            WHERE run_id = (SELECT max(id) FROM dag_run)
            """
    )
}
