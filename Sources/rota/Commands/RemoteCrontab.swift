import Glibc
import Runner

/// Fetches a user's crontab from another host by OpenSSH's client.
struct RemoteCrontab {
    /// As given: `host` or `user@host`.
    let target: String
    /// The user there, if it was named.
    let user: String?
    /// A runner's name for the host.
    let runner: String

    /// What the other host said.
    struct Answer {
        /// Its zone; nil where it did not tell.
        var zone: String?
        var crontab: [UInt8]
    }

    /// Checks the target, of which no part can be taken for an option.
    init(_ target: String) throws(ImportFailure) {
        let parts = target.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = target.utf8.allSatisfy { byte in
            byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || "@._-:%+".utf8.contains(byte)
        }
        guard isPlain, parts.count <= 2, !parts.contains(where: { $0.isEmpty || $0.hasPrefix("-") }) else {
            throw .badTarget(target)
        }
        self.target = target
        user = parts.count == 2 ? String(parts[0]) : nil
        let host = parts[parts.count - 1]
        let name = host.split(separator: ".").first.map(String.init) ?? ""
        let isNumber = name.utf8.first.map { $0 &- 48 < 10 } ?? true
        let whole = isNumber ? "host-" + host : name[...].description
        runner = String(whole.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "-" })
    }

    /// The words behind `ssh`.
    var arguments: [String] {
        [
            "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ClearAllForwardings=yes", "--", target,
            Self.script,
        ]
    }

    /// Tells the zone on lines of its own, then the crontab; any login shell can start it.
    private static let script = """
        exec sh -c 'echo "\(marker)$(readlink /etc/localtime)"; \
        echo "\(marker)$(cat /etc/timezone 2>/dev/null)"; exec crontab -l'
        """
    private static let marker = "rota-zone:"

    /// Asks the host.
    func fetch() async throws -> Answer {
        guard let ssh = Self.executable() else { throw ImportFailure.noSSH }
        let (events, feed) = AsyncStream<SpawnedProcess.Event>.makeStream()
        let process = try SpawnedProcess(
            executable: ssh,
            arguments: arguments,
            environment: Self.environment(),
            onEvent: { event in
                feed.yield(event)
                if case .ended = event { feed.finish() }
            }
        )
        process.closeInput()
        var output: [UInt8] = []
        var said: [UInt8] = []
        var end: Int32 = 0
        for await event in events {
            switch event {
            case .output(let bytes): output += bytes
            case .errorOutput(let bytes): said += bytes
            case .deadlinePassed: break
            case .ended(let status): end = status
            }
        }
        guard end == 0 else { throw ImportFailure.remote(target: target, reason: Self.reason(said, end)) }
        return Self.answer(output)
    }

    /// Takes the zone off what the host wrote; what its login shell may have written before that, too.
    static func answer(_ output: [UInt8]) -> Answer {
        var rest = output[...]
        var told: [String] = []
        while told.count < 2, !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest.dropFirst(line.count + 1)
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix(marker) { told.append(String(text.dropFirst(marker.count))) }
        }
        guard told.count == 2 else { return Answer(zone: nil, crontab: output) }
        return Answer(zone: HostZone.name(link: told[0], file: told[1]), crontab: Array(rest))
    }

    private static func reason(_ said: [UInt8], _ status: Int32) -> String {
        let lines = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
        guard let last = lines.last(where: { !$0.isEmpty }) else {
            return "ssh ended with status \(status >> 8 & 0xFF)"
        }
        return VisibleText.oneLine(last.hasSuffix(".") ? String(last.dropLast()) : last)
    }

    private static func executable() -> String? {
        let path = ProcessEnvironment.current["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/ssh" }.first { unsafe access($0, X_OK) == 0 }
    }

    /// As the user has it, agent and all, but with messages in English.
    private static func environment() -> [String] {
        ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "SSH_AUTH_SOCK"]
            .compactMap { name in ProcessEnvironment.current[name].map { "\(name)=\($0)" } } + ["LC_ALL=C"]
    }
}
