import Glibc
import Synchronization

/// A program that was run to its end, in a session of its own, with a limit of time.
package struct CommandRun: Sendable {
    /// The status of `waitpid`.
    package var status: Int32 = 0
    /// Whether all of it was killed because it took too long, or because nobody waits for it any more.
    package var isLate = false
    /// The beginning of what it wrote to its standard output.
    package var output: [UInt8] = []
    /// The end of all that it wrote.
    package var said: [UInt8] = []

    /// What a program needs of an environment at least: nothing of this process's own.
    package static let plainEnvironment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
    ]

    /// Runs a program, which gets exactly this environment.
    ///
    /// `words`: Its path and its arguments.
    /// `limit`: How long it may take.
    /// `mostKept`: How many bytes are kept of `output` and of `said`.
    package static func run(
        _ words: [String],
        environment: [String],
        input: [UInt8] = [],
        limit: Duration,
        mostKept: Int
    ) async throws(SpawnError) -> CommandRun {
        let kept = Mutex(CommandRun())
        let (endings, continuation) = AsyncStream<Int32?>.makeStream()
        let process = try SpawnedProcess(
            executable: words.first ?? "",
            arguments: Array(words.dropFirst()),
            environment: environment
        ) { event in
            switch event {
            case .output(let bytes):
                kept.withLock {
                    $0.output += bytes.prefix(mostKept - $0.output.count)
                    $0.said = Array(($0.said + bytes).suffix(mostKept))
                }
            case .errorOutput(let bytes): kept.withLock { $0.said = Array(($0.said + bytes).suffix(mostKept)) }
            case .deadlinePassed: continuation.yield(nil)
            case .ended(let status):
                continuation.yield(status)
                continuation.finish()
            }
        }
        process.write(input)
        process.closeInput()
        process.setDeadline(.now + limit)
        var isLate = false
        var status: Int32?
        for await ending in endings {
            guard let ending else {
                isLate = true
                end(process)
                continue
            }
            status = ending
        }
        // Without a status this task was cancelled.
        if status == nil { end(process) }
        var run = kept.withLock { $0 }
        (run.status, run.isLate) = (status ?? 0, isLate || status == nil)
        return run
    }

    /// It has a session of its own: all of it goes.
    private static func end(_ process: SpawnedProcess) {
        kill(-process.processID, SIGKILL)
        process.signal(SIGKILL)
    }

    /// How it failed, with the last line that it wrote; nil: it exited with 0.
    package var failure: String? {
        guard let ending else { return nil }
        let lines = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.last.map { "\(ending): \($0)" } ?? ending
    }

    /// How it failed, without a word of what it wrote.
    package var ending: String? {
        let signal = status & 0x7F
        if status == 0 { return nil }
        return signal == 0 ? "it ended with exit code \((status >> 8) & 0xFF)" : "it was killed by signal \(signal)"
    }
}
