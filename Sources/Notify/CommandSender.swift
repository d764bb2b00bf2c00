import Core
import Glibc
import Runner
import Store
import Synchronization

/// Hands messages to a program.
struct CommandSender: MessageSender {
    /// The program's path and its arguments.
    let words: [String]

    /// How long it may take.
    private static let limit = Duration.seconds(60)
    /// How much of what it says is kept, from its end.
    private static let mostKept = 2_000

    func send(_ message: Message, to target: String) async -> String? {
        guard let program = words.first else { return "it has no program" }
        let environment = [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
            "ROTA_INCIDENT=\(message.incident.code)", "ROTA_TEXT=\(message.text)", "ROTA_LINK=\(message.link)",
        ]
        let said = Mutex<[UInt8]>([])
        let (endings, continuation) = AsyncStream<Ending>.makeStream()
        let process: SpawnedProcess
        do {
            process = try SpawnedProcess(
                executable: program,
                arguments: Array(words.dropFirst()),
                environment: environment.map { $0.replacing("\0", with: " ") }
            ) { event in
                switch event {
                case .output(let bytes), .errorOutput(let bytes):
                    said.withLock { $0 = Array(($0 + bytes).suffix(Self.mostKept)) }
                case .deadlinePassed: continuation.yield(.deadlinePassed)
                case .ended(let status):
                    continuation.yield(.ended(status))
                    continuation.finish()
                }
            }
        } catch {
            return "\(error)"
        }
        process.write(Array((message.json.description + "\n").utf8))
        process.closeInput()
        process.setDeadline(.now + Self.limit)
        var isLate = false
        var status: Int32 = 0
        for await ending in endings {
            switch ending {
            case .deadlinePassed:
                // It has a session of its own: all of it goes.
                isLate = true
                kill(-process.processID, SIGKILL)
                process.signal(SIGKILL)
            case .ended(let found): status = found
            }
        }
        if isLate { return "it took more than 60 seconds" }
        return Self.sentence(for: status, said: said.withLock { $0 })
    }

    private enum Ending {
        case deadlinePassed
        case ended(Int32)
    }

    private static func sentence(for status: Int32, said: [UInt8]) -> String? {
        let signal = status & 0x7F
        if status == 0 { return nil }
        let ending =
            signal == 0 ? "it ended with exit code \((status >> 8) & 0xFF)" : "it was killed by signal \(signal)"
        let lines = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.last.map { "\(ending): \($0)" } ?? ending
    }
}
