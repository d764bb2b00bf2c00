import Glibc
import Postgres

/// P14: a log of a gigabyte: its pages, searching in it, and what that costs in memory.
struct LargeLog: Measurement {
    static let number = "P14"
    static let summary = "a log of 1 GB: the page at its first error, a window, a search, the tail"

    /// 100 bytes each.
    private static let lines = 10_000_000
    private static let dag = "large"

    /// A command that prints that many lines, an error in their middle, and fails.
    private static func file(_ lines: Int) -> DAGText {
        let print =
            #"printf "%09d INFO orders connection to the warehouse is open, batch committed without any trouble 0123456789\n", i"#
        let error = #"print "ERROR:  column \"net_amt\" does not exist""#
        let script =
            "BEGIN { for (i = 1; i <= \(lines); i++) { if (i == \(lines / 2)) \(error); else \(print) } exit 1 }"
        return DAGText(name: dag, text: "tasks:\n  print:\n    run: |\n      awk '\(script)'\n")
    }

    func measure(_ bench: Bench) async throws -> [Finding] {
        let lines = max(100_000, Self.lines * bench.size / 100)
        // The usual cap would leave out the middle, where the error is.
        let settings = "log_cap: 2GiB\n"
        return try await MeasuredServer.with(bench, files: [Self.file(lines)], settings: settings) { server in
            try await Self.measure(server, lines: lines, rounds: 5)
        }
    }

    private static func measure(_ server: MeasuredServer, lines: Int, rounds: Int) async throws -> [Finding] {
        let processes = try server.processes()
        let before = peak(of: processes.server)
        let begun = ContinuousClock.now
        _ = try server.api().post("dags/\(dag)/runs")
        try await server.wait(for: "the log of \(lines) lines", limit: 1_200) {
            let isSealed: Bool = try await server.database.execute(sealed)[0].decode(0)
            return isSealed
        }
        let seconds = begun.duration(to: .now) / .seconds(1)
        let bytes: Int = try await server.database.execute(length)[0].decode(0)
        let stored = peak(of: processes.server)
        let run: String = try await server.database.execute(key)[0].decode(0)
        let page = "/dags/\(dag)/runs/\(run)/tasks/print/a1"
        let socket = server.data + "/rota.sock"
        func median(_ query: String, _ wanted: String) throws -> Double {
            var samples = Samples()
            for _ in 0..<rounds {
                let answer = try PageRequest(page + query, socket: socket)
                guard answer.text.contains(wanted) else {
                    throw BenchFailure.strange(what: "\(query) has no \(wanted)")
                }
                samples.add(answer.milliseconds)
            }
            return samples.median
        }
        let middle = lines / 2
        let first = try median("", "class=\"cause\"")
        let window = try median("?at=\(lines / 4)", "id=\"L\(lines / 4)\"")
        let tail = try median("?at=\(lines)", "id=\"L\(lines)\"")
        let near = "?q=\(middle - 1)&case=1"
        let text = try PageRequest("\(page)\(near)", socket: socket)
        let pattern = try PageRequest("\(page)?q=net_[a-z]*.*exist$&re=1", socket: socket)
        let after = peak(of: processes.server)
        let size = Figure.number(Double(bytes) / 1e6)
        return [
            Finding(
                row: number,
                work: "\(size) MB of log: its page at the cause; a window; the tail",
                figures: [
                    Figure("", first, .milliseconds, goal: .atMost(200)),
                    Figure("window", window, .milliseconds, goal: .atMost(200)),
                    Figure("tail", tail, .milliseconds, goal: .atMost(200)),
                ],
                limit: nil,
                notes: [
                    "printed and stored in \(Figure.number(seconds)) s: \(Figure.number(Double(bytes) / 1e6 / seconds)) MB/s"
                ]
            ),
            Finding(
                row: number,
                work: "a search in it: a text, and a pattern without case",
                figures: [
                    Figure("text", text.milliseconds, .milliseconds, goal: .atMost(2_500)),
                    Figure("pattern", pattern.milliseconds, .milliseconds, goal: .atMost(2_500)),
                ],
                limit: nil,
                notes: ["text: \(searched(text)); pattern: \(searched(pattern))"]
            ),
            Finding(
                row: number,
                work: "the server's peak memory (VmHWM): more by storing it, and by all these pages",
                figures: [
                    Figure("storing", stored - before, .mebibytes, goal: .atMost(32)),
                    Figure("pages", after - stored, .mebibytes, goal: .atMost(32)),
                ],
                limit: nil
            ),
        ]
    }

    /// What the page says of how far it searched.
    private static func searched(_ answer: PageRequest) -> String {
        guard let start = answer.text.firstRange(of: "id=\"found\"")?.lowerBound else { return "not said" }
        // The summary follows its list's opening tag.
        return String(
            answer.text[start...].drop { $0 != ">" }.dropFirst().drop { $0 != ">" }.dropFirst().prefix { $0 != "<" }
        )
    }

    /// The most memory that a process has had, in MiB.
    private static func peak(of process: pid_t) -> Double {
        for line in (TextFile.read("/proc/\(process)/status") ?? "").split(separator: "\n")
        where line.hasPrefix("VmHWM:") {
            let words = line.split { $0 == " " || $0 == "\t" }
            return words.count > 1 ? (Double(words[1]) ?? 0) / 1024 : 0
        }
        return 0
    }

    private static let sealed = Statement(
        name: "bench_log_sealed",
        sql: "SELECT coalesce(bool_and(log_sealed), false) FROM attempt"
    )
    private static let key = Statement(name: "bench_log_run", sql: "SELECT key FROM dag_run ORDER BY id DESC LIMIT 1")
    private static let length = Statement(name: "bench_log_length", sql: "SELECT sum(log_bytes)::bigint FROM attempt")
}
