import Core
import Glibc
package import Logging
import Synchronization

/// A figure that a command of the host's owner measures now and then, for servers that choose runners by it.
package final class HostMeasure: Sendable {
    private let command: String
    private let pause: Duration
    private let limit: Duration
    private let logger: Logger
    private let last = Mutex<Double?>(nil)

    /// The most that is kept of what the command prints.
    private static let mostKept = 4_096

    /// Names a command for `sh -c`, whose first word of output is the figure.
    ///
    /// `pause`: Between two runs of it; defaults to 15 s. `limit`: How long it may take; defaults to 10 s.
    package init(
        command: String,
        pause: Duration = .seconds(15),
        limit: Duration = .seconds(10),
        logger: Logger
    ) {
        self.command = command
        self.pause = pause
        self.limit = limit
        self.logger = logger
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

    private enum Ending {
        case deadlinePassed
        case ended(Int32)
    }

    /// Runs the command once.
    private func measure() async -> (value: Double?, complaint: String?) {
        let printed = Mutex<[UInt8]>([])
        let (endings, continuation) = AsyncStream<Ending>.makeStream()
        let process: SpawnedProcess
        do throws(SpawnError) {
            process = try SpawnedProcess(
                executable: "/bin/sh",
                arguments: ["-c", command],
                environment: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
            ) { event in
                switch event {
                case .output(let bytes): printed.withLock { $0 = Array(($0 + bytes).prefix(Self.mostKept)) }
                case .errorOutput: break
                case .deadlinePassed: continuation.yield(.deadlinePassed)
                case .ended(let status):
                    continuation.yield(.ended(status))
                    continuation.finish()
                }
            }
        } catch {
            return (nil, "\(error)")
        }
        process.closeInput()
        process.setDeadline(.now + limit)
        var isLate = false
        var status: Int32 = 0
        // Not by the task's own cancellation: the command must not outlive its measure.
        for await ending in endings {
            switch ending {
            case .deadlinePassed:
                isLate = true
                kill(-process.processID, SIGKILL)
                process.signal(SIGKILL)
            case .ended(let found): status = found
            }
        }
        if Task.isCancelled { kill(-process.processID, SIGKILL) }
        if isLate { return (nil, "it took longer than \(limit.components.seconds) seconds") }
        guard status == 0 else {
            let signal = status & 0x7F
            return (nil, signal == 0 ? "it ended with exit code \((status >> 8) & 0xFF)" : "signal \(signal) ended it")
        }
        return Self.figure(printed.withLock { $0 })
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
