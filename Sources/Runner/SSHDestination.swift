import AttemptProtocol
import Glibc

/// Where and how OpenSSH's client connects, checked so that no part of it can be taken for an option.
struct SSHDestination: Sendable {
    /// The runner's name, for errors.
    let runner: String
    let host: String
    let port: Int
    let user: String
    let identityFile: String
    let knownHostsFile: String
    let sshConfigFile: String?
    let controlDirectory: String
    let timeouts: SSHTimeouts
    /// Keeps the masters of two runners apart in one folder.
    private let controlName: String

    /// Checks every part; the control directory is made if need be, and must be ours alone.
    init(
        runner: String,
        _ way: SSHWay
    ) throws(RunnerError) {
        self.runner = runner
        (host, port, user) = (way.host, way.port, way.user)
        (identityFile, knownHostsFile, sshConfigFile) = (way.identityFile, way.knownHostsFile, way.configFile)
        (controlDirectory, timeouts) = (way.controlDirectory, way.timeouts)
        controlName = String(UInt64.random(in: .min ... .max), radix: 16)
        if let problem = problem() { throw .unable(runner: runner, reason: problem) }
    }

    /// The socket of a generation of the shared connection; a new generation leaves a hung connection behind.
    func controlPath(generation: Int) -> String { "\(controlDirectory)/\(controlName).\(generation)" }

    /// The arguments for one session that runs a command line.
    func arguments(generation: Int, commandLine: String) -> [String] {
        var options: [(String, String)] = [
            ("ControlMaster", "auto"),
            ("ControlPath", quoted(controlPath(generation: generation))),
            ("ControlPersist", "30"),
            ("BatchMode", "yes"),
            ("StrictHostKeyChecking", "yes"),
            ("UserKnownHostsFile", quoted(knownHostsFile)),
            ("GlobalKnownHostsFile", "none"),
            ("UpdateHostKeys", "no"),
            ("CheckHostIP", "no"),
            ("IdentityFile", quoted(identityFile)),
            ("IdentitiesOnly", "yes"),
            ("IdentityAgent", "none"),
            ("PreferredAuthentications", "publickey"),
            ("ClearAllForwardings", "yes"),
            ("ForwardAgent", "no"),
            ("ForwardX11", "no"),
            ("Tunnel", "no"),
            ("PermitLocalCommand", "no"),
            ("RequestTTY", "no"),
            ("EscapeChar", "none"),
            ("LogLevel", "ERROR"),
            ("ConnectionAttempts", "1"),
            ("ConnectTimeout", "\(max(1, timeouts.connect.components.seconds))"),
            ("ServerAliveInterval", "\(max(1, timeouts.silence.components.seconds / 3))"),
            ("ServerAliveCountMax", "3"),
        ]
        // Compression costs more than it saves on the short lines of this protocol.
        options.append(("Compression", "no"))
        return ["-F", sshConfigFile ?? "/dev/null", "-T"]
            + options.flatMap { ["-o", "\($0.0)=\($0.1)"] }
            + ["-p", "\(port)", "-l", user, "--", host, commandLine]
    }

    /// The client's environment: no agent, no display, messages in English.
    func environment() -> [String] {
        var variables = ["LC_ALL=C"]
        for name in ["PATH", "HOME", "USER", "LOGNAME", "SHELL"] {
            if let value = unsafe getenv(name) { variables.append("\(name)=\(unsafe String(cString: value))") }
        }
        return variables
    }

    /// The client's own path; searched in PATH, which may differ from one system to another.
    static func executable() -> String? {
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/ssh" }.first { unsafe access($0, X_OK) == 0 }
    }

    private func quoted(_ path: String) -> String {
        "\"" + path.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%") + "\""
    }
}

extension SSHDestination {
    private func problem() -> String? {
        guard Self.isPlain(host, others: "._:%-"), host.utf8.count <= 255 else {
            return "'\(host)' is not the name or address of a host"
        }
        guard Self.isPlain(user, others: "._@+-"), user.utf8.count <= 255 else {
            return "'\(user)' is not the name of a user"
        }
        guard (1...65_535).contains(port) else { return "\(port) is not a port; use 1 to 65535" }
        for path in [identityFile, knownHostsFile, sshConfigFile ?? "/", controlDirectory] {
            guard path.utf8.first == UInt8(ascii: "/") else { return "the path '\(path)' does not begin with '/'" }
            guard path.utf8.allSatisfy({ $0 >= 32 && $0 != 127 && !"\"\\$".utf8.contains($0) }) else {
                return "the path '\(path)' has a character that OpenSSH would read differently (quote, \\ or $)"
            }
        }
        for path in [identityFile, knownHostsFile, sshConfigFile].compactMap({ $0 })
        where unsafe access(path, R_OK) != 0 {
            return "\(path) cannot be read: \(unsafe String(cString: strerror(errno)))"
        }
        // A socket's path has at most 107 bytes, and ssh adds 17 while it makes one.
        let longest = controlPath(generation: 9999).utf8.count + 17
        guard longest <= 107 else { return "the control folder '\(controlDirectory)' has too long a path for a socket" }
        return controlDirectoryProblem()
    }

    private func controlDirectoryProblem() -> String? {
        if unsafe mkdir(controlDirectory, 0o700) != 0, errno != EEXIST {
            return "the control folder '\(controlDirectory)' cannot be made: \(unsafe String(cString: strerror(errno)))"
        }
        guard let facts = FileFacts(ofLinkAt: controlDirectory), facts.isFolder, facts.owner == geteuid(),
            facts.permissions & 0o077 == 0
        else { return "the control folder '\(controlDirectory)' must be a folder of ours with mode 0700" }
        return nil
    }

    private static func isPlain(_ word: String, others: String) -> Bool {
        guard let first = word.utf8.first, first != UInt8(ascii: "-") else { return false }
        return word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: others.utf8.contains(byte)
            }
        }
    }
}
