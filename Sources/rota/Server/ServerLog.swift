import Core
import Glibc
import Host
import Logging

/// The server's own log on standard error: plain lines on a terminal, a JSON object a line otherwise.
struct ServerLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    private let label: String
    private let isPlain: Bool

    /// Makes this the log of the whole program.
    static func bootstrap(level: Logger.Level) {
        let isPlain = Terminal.messages.isInteractive
        LoggingSystem.bootstrap { ServerLog(label: $0, level: level, isPlain: isPlain) }
    }

    private init(label: String, level: Logger.Level, isPlain: Bool) {
        self.label = label
        self.isPlain = isPlain
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let facts = merged.keys.sorted().map { ($0, merged[$0].map { "\($0)" } ?? "") }
        let line = isPlain ? plain(event, facts) : json(event, facts)
        Terminal.messages.line(line)
    }

    /// Control characters would let a task's name or a request forge lines or move the cursor.
    private func plain(_ event: LogEvent, _ facts: [(String, String)]) -> String {
        let time = WallClock.now().rfc3339Seconds
        let tail = facts.map { " \($0)=\($1)" }.joined()
        let text = "\(event.message)\(tail)".unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
        return "\(time) \(event.level.rawValue) \(text)"
    }

    private func json(_ event: LogEvent, _ facts: [(String, String)]) -> String {
        var members: [JSONValue.Member] = [
            .init(name: "time", value: .string(WallClock.now().rfc3339)),
            .init(name: "level", value: .string(event.level.rawValue)),
            .init(name: "source", value: .string(label)),
            .init(name: "message", value: .string("\(event.message)")),
        ]
        members += facts.map { .init(name: $0, value: .string($1)) }
        return JSONValue.object(members).description
    }
}
