import Core
import Glibc
import Postgres

/// P19: graphs of real workflows, whose tasks do nothing.
struct Workflows: Measurement {
    static let number = "P19"
    static let summary = "the graphs of 14 real workflows, durations scaled to zero"

    /// What the graphs may take: this much of what the machine alone would need.
    private static let share = 1.5

    func measure(_ bench: Bench) async throws -> [Finding] {
        let graphs = try WorkflowGraph.all()
        let files = graphs.map { DAGText(name: $0.name, text: $0.source) } + [Parts.chain, FanOut.file(Parts.width)]
        return try await MeasuredServer.with(bench, files: files) { server in
            let step = try await StepLimit.measure(on: server, bench)
            let spawn = try SpawnLimit(in: server.scratch)
            let parts = try await Parts.measure(on: server, bench)
            var (worst, worstOfParts, notes) = (0.0, 0.0, [step.note, parts.note])
            for graph in graphs {
                let rate = try spawn.rate(count: max(200, graph.tasks.count)).perSecond
                let bound =
                    Double(graph.depth) * (2 * step.commit + step.shell)
                    + Double(graph.tasks.count) / rate * 1000
                let own = parts.sum(tasks: graph.tasks.count, depth: graph.depth)
                let times = try await Self.durations(of: graph.name, bench.repetitions(3), on: server)
                worst = max(worst, times.median / bound)
                worstOfParts = max(worstOfParts, times.median / own)
                notes.append(
                    "\(graph.name), \(graph.tasks.count) tasks, \(graph.depth) deep: "
                        + "\(Figure.number(times.median)) ms, which is \(Figure.number(times.median / bound)) × of the "
                        + "machine's \(Figure.number(bound)) ms and \(Figure.number(times.median / own)) × of its parts' "
                        + "\(Figure.number(own)) ms"
                )
            }
            return [
                Finding(
                    row: Self.number,
                    work: "14 real graphs: critical path and spawning, the worst",
                    figures: [
                        Figure("the machine's limit", worst, .times, goal: .atMost(Self.share)),
                        Figure("a chain and a fan", worstOfParts, .times, goal: .atMost(Self.share)),
                    ],
                    limit: nil,
                    notes: notes
                )
            ]
        }
    }

    /// Milliseconds of several runs of a DAG.
    fileprivate static func durations(of dag: String, _ rounds: Int, on server: MeasuredServer) async throws -> Samples
    {
        let api = try server.api()
        var times = Samples()
        for round in 0...rounds {
            // What the run before left to be done, such as the removal of its folders, is no part of this one.
            try await Machine.pause(.milliseconds(200))
            _ = try api.post("dags/\(dag)/runs")
            // The times are the database's; asking often would only take the processors from what is measured.
            try await server.waitForRuns(of: dag, every: .milliseconds(100))
            // The first one finds a cold server.
            if round > 0 { times.add(try await duration(server)) }
        }
        return times
    }

    /// Milliseconds from the start of the latest run to the end of its last task.
    private static func duration(_ server: MeasuredServer) async throws -> Double {
        try await server.database.execute(
            Statement(
                name: "bench_run_duration",
                sql: """
                    SELECT extract(epoch FROM ended_at - started_at)::float8 * 1000 FROM dag_run
                    ORDER BY id DESC LIMIT 1
                    """
            )
        )[0].decode(0)
    }
}

/// What a step of a chain and a task of a fan take here: a graph is made of these, and a scheduler that rescanned or
/// waited would need more.
private struct Parts {
    /// Milliseconds from one task of a chain to the next.
    let step: Double
    /// Milliseconds that one more task takes among many.
    let task: Double

    static let width = 200
    private static let length = 30

    static var chain: DAGText {
        let tasks = (0..<length).map { "  t\($0): {\($0 == 0 ? "" : "needs: t\($0 - 1), ")run: /bin/true}" }
        return DAGText(name: "plain_chain", text: "tasks:\n" + tasks.joined(separator: "\n") + "\n")
    }

    static func measure(on server: MeasuredServer, _ bench: Bench) async throws -> Parts {
        let rounds = bench.repetitions(5)
        let chains = try await Workflows.durations(of: chain.name, rounds, on: server)
        let fans = try await Workflows.durations(of: FanOut.name(width), rounds, on: server)
        let step = chains.median / Double(length)
        return Parts(step: step, task: max(0, fans.median - 3 * step) / Double(width - 1))
    }

    /// Milliseconds for one task after another along the longest path, and for each of the others.
    func sum(tasks: Int, depth: Int) -> Double { Double(depth) * step + Double(tasks - depth) * task }

    var note: String {
        "a step of a chain takes \(Figure.number(step)) ms, one more task of a fan \(Figure.number(task)) ms"
    }
}

/// One graph of the tests' fixtures.
private struct WorkflowGraph {
    let name: String
    let tasks: [(id: String, needs: [String])]

    /// How many tasks its longest chain has.
    let depth: Int

    static func all() throws(BenchFailure) -> [WorkflowGraph] {
        let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        let folder = root + "/Tests/Fixtures/workflows"
        guard let directory = unsafe opendir(folder) else { throw .system(doing: "read \(folder)", code: errno) }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".json") { names.append(name) }
        }
        var graphs: [WorkflowGraph] = []
        for name in names.sorted() { graphs.append(try WorkflowGraph(folder + "/" + name, String(name.dropLast(5)))) }
        return graphs
    }

    private init(_ file: String, _ name: String) throws(BenchFailure) {
        guard case .array(let list)? = JSONValue(parsing: TextFile.read(file) ?? "")?["tasks"] else {
            throw .strange(what: "\(file) is no workflow")
        }
        self.name = Self.mended(name)
        var tasks: [(id: String, needs: [String])] = []
        for task in list {
            guard case .string(let id)? = task["id"] else { throw .strange(what: "\(file) has a task without id") }
            var needs: [String] = []
            if case .array(let names)? = task["needs"] {
                for case .string(let name) in names { needs.append(Self.mended(name)) }
            }
            tasks.append((Self.mended(id), needs))
        }
        self.tasks = tasks
        depth = Self.depth(of: tasks)
    }

    /// A name as DAG files allow it: of some names only the end, which is what tells them apart.
    private static func mended(_ name: String) -> String {
        let spelled = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
        return spelled.count <= 100 ? spelled : "t" + spelled.suffix(99)
    }

    private static func depth(of tasks: [(id: String, needs: [String])]) -> Int {
        var depths: [String: Int] = [:]
        var left = tasks
        while !left.isEmpty {
            let before = left.count
            left.removeAll { task in
                let upstream = task.needs.compactMap { depths[$0] }
                guard upstream.count == task.needs.count else { return false }
                depths[task.id] = (upstream.max() ?? 0) + 1
                return true
            }
            // A circle would be refused when the file is read.
            if left.count == before { break }
        }
        return depths.values.max() ?? 0
    }

    var source: String {
        var lines = ["max_active_tasks: 64", "tasks:"]
        for task in tasks {
            let needs = task.needs.isEmpty ? "" : "needs: [\(task.needs.joined(separator: ", "))], "
            lines.append("  \(task.id): {\(needs)run: /bin/true}")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
