import AttemptProtocol
package import Core
package import Logging
import ServiceLifecycle

/// Serves this host as a runner to servers that it dials itself, so that none of them needs a way to it.
///
/// It holds no state of its own: killing it touches no command, and the next one finds all attempts again.
package struct DialOut: Service {
    /// What it needs to know.
    package struct Configuration: Sendable {
        /// The servers, each by its own address; a connection is held to each.
        package var servers: [String]
        /// The absolute state directory of the runner.
        package var stateDirectory: String
        /// The program `rota-keeper`.
        package var keeperExecutable: String
        /// How long a keeper without clients and attempts lives on.
        package var keeperIdleLimit: Duration = .seconds(60)
        /// The name under which it joins; nil: that under which it has joined, else that of the host.
        package var name: String?
        /// What the host calls itself.
        package var hostName = "unknown"
        /// On which terms it takes tasks.
        package var terms: RunnerTerms
        /// A token by which it joins; nil: it has joined.
        package var joinToken: String?
        /// The CA of the servers' certificates, and a certificate of one's own where they demand one.
        package var tls = TLSFiles()
        /// A command whose output is the host's own measure of how busy it is; nil: there is none.
        package var measureCommand: String?
        /// The editions of the conversation that are understood.
        ///
        /// Defaults to those of this program.
        package var edition = CarrierEdition.ours
        /// After so long without a sign of life a connection is taken for broken.
        ///
        /// Defaults to 10 s, five signs.
        package var silenceLimit = DialInWire.silenceLimit

        /// Names servers and places.
        package init(servers: [String], stateDirectory: String, keeperExecutable: String, slots: Int) {
            self.servers = servers
            self.stateDirectory = stateDirectory
            self.keeperExecutable = keeperExecutable
            terms = RunnerTerms(labels: [], slots: slots)
        }
    }

    private let configuration: Configuration
    private let runner: LocalRunner
    private let clients: [DialOutClient]
    private let credential: RunnerCredential
    private let measure: HostMeasure?
    private let logger: Logger
    private let onConnected: @Sendable (String) -> Void

    /// Between two tries, at the most.
    private static let longestPause: Duration = .seconds(10)

    /// Joins where it has not, and checks addresses and files; `onConnected` learns the server of each connection.
    package init(
        _ configuration: Configuration,
        logger: Logger,
        onConnected: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(RunnerDaemonError) {
        self.configuration = configuration
        self.logger = logger
        self.onConnected = onConnected
        var clients: [DialOutClient] = []
        for server in configuration.servers {
            clients.append(
                try DialOutClient(server: server, tls: configuration.tls, edition: configuration.edition)
            )
        }
        self.clients = clients
        credential = try await Self.credential(configuration, clients)
        measure = configuration.measureCommand.map { HostMeasure(command: $0, logger: logger) }
        runner = LocalRunner(
            name: "this host",
            stateDirectory: configuration.stateDirectory,
            keeperExecutable: configuration.keeperExecutable,
            keeperIdleLimit: configuration.keeperIdleLimit,
            measure: measure
        )
    }

    /// The name under which the host has joined.
    package var name: String { credential.name }

    /// Holds the connections until it is asked to stop; commands go on.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for client in clients { group.addTask { await hold(client) } }
                group.addTask { await measure?.run() }
            }
        }
    }

    /// Dials one server, again and again.
    private func hold(_ client: DialOutClient) async {
        var failures = 0
        var said: String?
        while !Task.isCancelled {
            let begun = ContinuousClock.now
            let session = DialOutSession(
                client: client,
                credential: credential,
                runner: runner,
                terms: configuration.terms,
                silenceLimit: configuration.silenceLimit
            )
            let error = await session.run {
                logger.info("connected", metadata: ["server": "\(client.server)"])
                onConnected(client.server)
            }
            guard !Task.isCancelled else { return }
            let words = client.words(error)
            if begun.duration(to: .now) > .seconds(5) { said = nil }
            if said != words { logger.warning("\(words). Trying again.") }
            said = words
            // One that held for a while begins anew with short pauses.
            failures = begun.duration(to: .now) > .seconds(30) ? 1 : failures + 1
            // Cancelled: the loop ends.
            try? await Task.sleep(for: Self.pause(after: failures, chance: .random(in: 0...1)))
        }
    }

    /// Grows with the failures in a row; hosts that lost a server together must not come back together.
    static func pause(after failures: Int, chance: Double) -> Duration {
        let longest = min(longestPause, .milliseconds(250 * (1 << min(failures - 1, 6))))
        return longest * (0.5 + chance / 2)
    }

    /// What the host shows: what it has, or what it gets by joining now.
    private static func credential(
        _ configuration: Configuration,
        _ clients: [DialOutClient]
    ) async throws(RunnerDaemonError) -> RunnerCredential {
        let directory = StateDirectory(path: configuration.stateDirectory)
        let (identity, objection): (String, String?)
        do throws(SystemFailure) {
            (identity, objection) = (try directory.prepare(), try directory.objectionToPlace())
        } catch {
            throw .credential(path: configuration.stateDirectory, reason: "\(error)")
        }
        if let objection { throw .copied(objection) }
        let known = try RunnerCredential(in: configuration.stateDirectory)
        guard let token = configuration.joinToken else {
            guard let known else { throw .notJoined }
            guard let name = configuration.name, name != known.name else { return known }
            throw .otherName(known.name, wanted: name)
        }
        let name = configuration.name ?? known?.name ?? configuration.hostName
        // Asked again after an answer that was lost, the same credential uses the token up once.
        let begun = try RunnerCredential(in: configuration.stateDirectory, .joining) ?? known
        let wanted = begun.flatMap { $0.name == name ? $0 : nil } ?? RunnerCredential(name: name)
        if wanted != known { try wanted.write(in: configuration.stateDirectory, .joining) }
        let request = JoinRequest(
            name: name,
            labels: configuration.terms.labels,
            slots: configuration.terms.slots,
            directoryID: identity,
            credential: wanted.secret
        )
        guard let refusal = await join(request, token, clients) else {
            if wanted != known { try wanted.write(in: configuration.stateDirectory, .joined) }
            return wanted
        }
        // Who has joined needs the token no more: it may have been used up since.
        if let known, known.name == name { return known }
        throw refusal
    }

    /// Asks the servers in turn to become a runner; nil: one agreed.
    private static func join(
        _ request: JoinRequest,
        _ token: String,
        _ clients: [DialOutClient]
    ) async -> RunnerDaemonError? {
        var refusal = RunnerDaemonError.noServer
        for client in clients {
            do throws(RunnerError) {
                try await client.join(request, token: token)
                return nil
            } catch {
                refusal = .joinRefused(client.words(error))
                // All servers have one database: another one would refuse it too.
                guard case .unreachable = error else { return refusal }
            }
        }
        return refusal
    }
}
