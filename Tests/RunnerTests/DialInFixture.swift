import Core
import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import Runner

/// A gate and a runner that dials it, both in this process, for as long as a closure runs.
struct DialInFixture {
    static let token = "rota_join_of_the_tests"

    let local = LocalFixture()
    let registry = MemoryRegistry()
    var folder: String { local.folder }

    static var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    /// The configuration of a host that dials a port and has a token.
    func host(
        _ port: Int,
        scheme: String = "http",
        name: String = "far",
        state: String = "state"
    ) -> DialOut.Configuration {
        var configuration = DialOut.Configuration(
            servers: ["\(scheme)://localhost:\(port)"],
            stateDirectory: folder + "/" + state,
            keeperExecutable: LocalFixture.keeperExecutable,
            slots: 4
        )
        configuration.name = name
        configuration.terms.labels = ["etl"]
        configuration.joinToken = Self.token
        configuration.keeperIdleLimit = .seconds(1)
        configuration.silenceLimit = Self.patience
        return configuration
    }

    /// A machine that runs all tests at once may be silent for longer than a host.
    private static let patience = Duration.seconds(45)

    /// Serves a gate while the closure runs.
    func withGate<Result: Sendable>(
        port: Int = 0,
        tls: TLSFiles = TLSFiles(),
        edition: CarrierEdition = .ours,
        _ body: @Sendable (_ port: Int, _ switchboard: Switchboard) async throws -> Result
    ) async throws -> Result {
        let switchboard = Switchboard()
        var configuration = DialInGate.Configuration(host: "127.0.0.1", port: port, tls: tls)
        configuration.edition = edition
        configuration.silenceLimit = Self.patience
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let gate = try DialInGate(
            configuration,
            switchboard: switchboard,
            registry: registry,
            logger: Self.logger
        ) { continuation.yield($0) }
        return try await Self.with([gate]) {
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { throw Unexpected.status("the gate does not listen") }
            return try await body(port, switchboard)
        }
    }

    /// Runs services while a closure runs, and stops them then.
    static func with<Result: Sendable>(
        _ services: [any Service],
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        let group = ServiceGroup(services: services, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let outcome: Swift.Result<Result, any Error>
            do {
                outcome = .success(try await body())
            } catch {
                outcome = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.next()
            return try outcome.get()
        }
    }

    /// Serves a gate and a host that dials it, and waits until it is connected.
    func withRunner<Result: Sendable>(
        _ change: @Sendable (inout DialOut.Configuration) -> Void = { _ in },
        _ body: @Sendable (_ runner: DialInRunner, _ switchboard: Switchboard) async throws -> Result
    ) async throws -> Result {
        try await withGate { port, switchboard in
            var configuration = host(port)
            change(&configuration)
            let host = try await DialOut(configuration, logger: Self.logger)
            return try await Self.with([host]) {
                await switchboard.waits { $0.contains { $0.name == "far" } }
                return try await body(switchboard.runner(named: "far"), switchboard)
            }
        }
    }
}

extension Switchboard {
    /// Waits until those who are connected are as they should be.
    func waits(until isRight: @Sendable ([Presence]) -> Bool) async {
        for await _ in changes() where isRight(present) { return }
    }
}

/// Who has joined, without a database.
final class MemoryRegistry: RunnerRegistry {
    private let joined = Mutex<[String: JoinRequest]>([:])
    private let refused = Mutex<[HostCopy]>([])

    /// Which hosts were refused as copies.
    var copies: [HostCopy] { refused.withLock { $0 } }

    func copy(of greeting: RunnerGreeting) -> HostCopy? { nil }

    func note(_ copy: HostCopy, of runner: String) {
        refused.withLock { $0.append(copy) }
    }

    func join(_ request: JoinRequest, token: String) throws(RunnerError) {
        guard token == DialInFixture.token else {
            throw .notAuthorised(runner: "", reason: "the join token is wrong, or was revoked")
        }
        let isOther = joined.withLock { joined in
            if let known = joined[request.name], known.directoryID != request.directoryID { return true }
            joined[request.name] = request
            return false
        }
        if isOther { throw .unable(runner: "", reason: "another host has joined as '\(request.name)'") }
    }

    func directory(of runner: String, credential: String) throws(RunnerError) -> String? {
        joined.withLock { $0[runner] }.flatMap { $0.credential == credential ? $0.directoryID : nil }
    }

    func remove(_ runner: String) {
        joined.withLock { $0[runner] = nil }
    }
}
