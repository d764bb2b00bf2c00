import Glibc

/// How fast one parent starts and collects scripts by posix_spawn, in the shell that tasks get.
struct SpawnLimit {
    private let scratch: ScratchFolder
    private let bash: String

    init(in scratch: ScratchFolder) throws(BenchFailure) {
        self.scratch = scratch
        guard
            let found = ["/usr/bin/bash", "/bin/bash"].first(where: { (path: String) in unsafe access(path, X_OK) == 0 }
            )
        else {
            throw .noProgram(path: "/bin/bash")
        }
        bash = found
    }

    /// What starting many came to.
    struct Rate: Sendable {
        /// A second.
        var perSecond: Double
        /// Milliseconds of processor time for each, the parent's share not counted.
        var processorTime: Double
    }

    /// Starts scripts of `/bin/true`, twice as many at once as there are processors.
    func rate(count: Int) throws(BenchFailure) -> Rate {
        let script = try script("limit.sh", "/bin/true\n")
        var program = Program(bash, ["-eo", "pipefail", script])
        program.environment = Self.variables
        let start = ContinuousClock.now
        var running = 0
        var processorTime = 0.0
        for _ in 0..<count {
            if running == 2 * Machine.processors {
                processorTime += try Program.wait(for: -1).processorTime
                running -= 1
            }
            _ = try program.start()
            running += 1
        }
        for _ in 0..<running { processorTime += try Program.wait(for: -1).processorTime }
        let seconds = start.duration(to: .now) / .seconds(1)
        return Rate(perSecond: Double(count) / seconds, processorTime: processorTime / Double(count) * 1000)
    }

    /// Milliseconds from the call to the script's first command, one at a time.
    func start(count: Int) throws(BenchFailure) -> Samples {
        let witness = scratch.path + "/limit.witness"
        let script = try script("start.sh", "echo \"$EPOCHREALTIME\" > '\(witness)'\n")
        let program = Program(bash, ["-eo", "pipefail", script])
        var samples = Samples()
        for _ in 0..<count {
            let begun = Machine.wallClock()
            _ = try program.run()
            let text = TextFile.read(witness)?.split(separator: "\n").first
            guard let seen = text.flatMap({ Double($0) }) else {
                throw .strange(what: "bash does not know EPOCHREALTIME: it is older than 5.0")
            }
            samples.add((seen - begun) * 1000)
        }
        return samples
    }

    /// What a task gets beside PATH and the like: a shell and its commands read a locale's files as they start.
    private static let variables =
        ["LANG=C.UTF-8"]
        + [
            "ROTA_ATTEMPT", "ROTA_ATTEMPT_ID", "ROTA_DAG_ID", "ROTA_DATA_INTERVAL_END", "ROTA_DATA_INTERVAL_START",
            "ROTA_LOGICAL_DATE", "ROTA_MAP_INDEX", "ROTA_OUTPUT", "ROTA_RUN_DIR", "ROTA_RUN_ID", "ROTA_RUN_TYPE",
            "ROTA_TASK_ID",
        ].map { $0 + "=a value of usual length" }

    private func script(_ name: String, _ text: String) throws(BenchFailure) -> String {
        let path = "\(scratch.path)/\(name)"
        try TextFile.write(text, to: path)
        return path
    }
}

/// The least between the end of one task and the start of the next: two commits and a shell's start.
struct StepLimit {
    /// Milliseconds.
    let commit: Double
    /// Milliseconds until a shell runs its first command.
    let shell: Double

    static func measure(on server: MeasuredServer, _ bench: Bench) async throws -> StepLimit {
        let commits = try await CommitLimit.measure(on: server.database, count: bench.repetitions(300))
        let starts = try SpawnLimit(in: server.scratch).start(count: bench.repetitions(50))
        return StepLimit(commit: commits.median, shell: starts.median)
    }

    /// The median of several.
    static func middle(_ limits: [StepLimit]) -> StepLimit {
        var (commits, shells) = (Samples(), Samples())
        for limit in limits {
            commits.add(limit.commit)
            shells.add(limit.shell)
        }
        return StepLimit(commit: commits.median, shell: shells.median)
    }

    var figure: Figure { Figure("two commits and a shell's start", 2 * commit + shell, .milliseconds) }

    /// In a sentence.
    var note: String {
        "a commit takes \(Figure.number(commit)) ms here, a shell \(Figure.number(shell)) ms to its first command"
    }
}
