package import Logging
import Synchronization

/// A figure that a command of the host's owner measures now and then, for servers that choose runners by it.
package final class HostMeasure: Sendable {
    private let command: String
    private let way: Way
    private let pause: Duration
    private let limit: Duration
    private let logger: Logger
    private let last = Mutex<Double?>(nil)

    /// The most that is kept of what the command prints.
    private static let mostKept = 4_096

    /// Runs a command and returns all that it printed to its standard output, or why it did not.
    typealias Way = @Sendable (_ command: String, _ limit: Duration) async throws(SpawnError) -> CommandRun

    /// Names a command for `sh -c` on this host, whose first word of output is the figure.
    ///
    /// `pause`: Between two runs of it; defaults to 15 s. `limit`: How long it may take; defaults to 10 s.
    package convenience init(
        command: String,
        pause: Duration = .seconds(15),
        limit: Duration = .seconds(10),
        logger: Logger
    ) {
        self.init(command: command, pause: pause, limit: limit, logger: logger, way: Self.runHere)
    }

    @Sendable private static func runHere(
        _ command: String,
        _ limit: Duration
    ) async throws(SpawnError) -> CommandRun {
        try await CommandRun.run(
            ["/bin/sh", "-c", command],
            environment: CommandRun.plainEnvironment,
            limit: limit,
            mostKept: mostKept
        )
    }

    /// Names a command, and what runs it.
    init(command: String, pause: Duration, limit: Duration, logger: Logger, way: @escaping Way) {
        self.command = command
        self.pause = pause
        self.limit = limit
        self.logger = logger
        self.way = way
    }

    /// What it printed last; nil where it failed, and as long as it has not run.
    package var value: Double? { last.withLock { $0 } }

    /// Measures until the task is cancelled.
    package func run() async {
        var said: String?
        while !Task.isCancelled {
            let (value, complaint) = await measure()
            guard !Task.isCancelled else { return }
            last.withLock { $0 = value }
            if let complaint, complaint != said {
                logger.warning("the measure of this host, `\(command)`, gives no figure: \(complaint). Trying again.")
            }
            said = complaint
            // Cancelled: the loop ends.
            try? await Task.sleep(for: pause)
        }
    }

    /// Runs the command once.
    private func measure() async -> (value: Double?, complaint: String?) {
        let run: CommandRun
        do throws(SpawnError) {
            run = try await way(command, limit)
        } catch {
            return (nil, "\(error)")
        }
        if run.isLate { return (nil, "it took longer than \(limit.components.seconds) seconds") }
        if let ending = run.ending { return (nil, ending) }
        return Self.figure(run.output)
    }

    /// The figure that a command printed.
    static func figure(_ printed: [UInt8]) -> (value: Double?, complaint: String?) {
        let text = String(decoding: printed, as: UTF8.self)
        guard let word = text.split(whereSeparator: \.isWhitespace).first else { return (nil, "it printed nothing") }
        guard let value = Double(String(word)), value.isFinite, value >= 0, value <= 1e12 else {
            return (nil, "'\(word.prefix(50))' is no number from 0 to 1e12")
        }
        return (value, nil)
    }
}
