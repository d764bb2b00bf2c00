import Core
import Glibc
import Runner
import TestKit

/// An sshd of a test's own and a runner that reaches it.
struct SSHFixture {
    let server: PrivateSSHServer

    /// Makes a runner; by default one that the server lets in.
    func runner(
        identityFile: String? = nil,
        knownHostsFile: String? = nil,
        timeouts: SSHTimeouts = SSHTimeouts(connect: .seconds(60), shell: .seconds(120), answer: .seconds(120))
    ) throws -> SSHRunner {
        try SSHRunner(
            name: "far",
            way: SSHWay(
                host: "127.0.0.1",
                port: server.port,
                user: server.user,
                identityFile: identityFile ?? server.identityFile,
                knownHostsFile: knownHostsFile ?? server.knownHostsFile,
                controlDirectory: server.controlDirectory,
                timeouts: timeouts
            )
        )
    }

    /// Makes a runner that copies a keeper there.
    func keeperRunner(
        executable: String = LocalFixture.keeperExecutable,
        stateDirectory: String? = nil,
        runAs: String? = nil
    ) throws -> SSHKeeperRunner {
        let patience = Duration.seconds(120)
        return try SSHKeeperRunner(
            name: "far",
            way: SSHWay(
                host: "127.0.0.1",
                port: server.port,
                user: server.user,
                identityFile: server.identityFile,
                knownHostsFile: server.knownHostsFile,
                controlDirectory: server.controlDirectory,
                timeouts: SSHTimeouts(connect: .seconds(60), shell: patience, answer: patience, silence: .seconds(60))
            ),
            keeperExecutable: executable,
            stateDirectory: stateDirectory,
            runAs: runAs,
            keeperIdleLimit: .seconds(1)
        )
    }

    /// Whether anything was ever made in the home of the sessions.
    var isUntouched: Bool { unsafe access(server.home + "/.rota", F_OK) != 0 }

    /// The value of a word in the file `started` of an attempt, as the far side wrote it.
    func started(_ id: AttemptID, runner: SSHRunner) async throws -> [Int32] {
        let name = try await record(of: "cat ../../\(id)/started", runner)
        return name.split(separator: " ").map { Int32($0) ?? 0 }
    }

    /// What a command writes.
    func record(of script: String, _ runner: SSHRunner) async throws -> String {
        let order = StartOrder(script)
        _ = try await runner.record(of: order)
        return String(decoding: try await runner.wholeLog(order.id), as: UTF8.self)
    }
}

/// Runs a body with a server that ends after it, whatever happens.
func withSSH<Result>(
    shell: PrivateSSHServer.FarShell = .bash,
    configuration: [String] = [],
    forcedCommand: String? = nil,
    bashrc: String? = nil,
    _ body: (SSHFixture) async throws -> Result
) async throws -> Result {
    let server = try PrivateSSHServer(
        shell: shell,
        configuration: configuration,
        forcedCommand: forcedCommand,
        bashrc: bashrc
    )
    defer { server.end() }
    return try await body(SSHFixture(server: server))
}

/// The error that a call throws; nil if it succeeds.
func runnerError(_ body: () async throws(RunnerError) -> Void) async -> RunnerError? {
    do throws(RunnerError) {
        try await body()
        return nil
    } catch {
        return error
    }
}
