import Glibc
import Postgres

/// A PostgreSQL of one test's own, which may be killed, stopped and started again while others go on with theirs.
package final class OwnServer: Sendable {
    /// Says where it is.
    package let server: PrivateServer
    private let starter: PrivateServerStarter
    private let watchdog: Watchdog

    private init(_ server: PrivateServer, _ starter: PrivateServerStarter, _ watchdog: Watchdog) {
        (self.server, self.starter, self.watchdog) = (server, starter, watchdog)
    }

    /// Starts a server, lends it to the closure, and ends it.
    package static func with(_ body: (OwnServer) async throws -> Void) async throws {
        let starter = PrivateServerStarter()
        let (server, watchdog) = try await starter.start(clock: nil)
        do {
            try await body(OwnServer(server, starter, watchdog))
        } catch {
            await starter.end(watchdog)
            throw error
        }
        await starter.end(watchdog)
    }

    /// The path of its socket.
    package var socket: String { "\(server.folder)/.s.PGSQL.5432" }

    /// How it is stopped.
    package enum Stop: String, CaseIterable, Sendable {
        case fast, immediate
    }

    /// Stops it.
    package func stop(_ way: Stop) async {
        await starter.tell(watchdog, way.rawValue)
    }

    /// Starts it again.
    package func start() async {
        await starter.tell(watchdog, "start")
    }

    /// Kills its first process, without a word to the others.
    package func kill() {
        guard let process = postmaster else { return }
        _ = Glibc.kill(process, SIGKILL)
    }

    /// The number of its first process; nil where none runs.
    package var postmaster: Int32? {
        guard let stream = unsafe fopen("\(server.folder)/data/postmaster.pid", "r") else { return nil }
        defer { unsafe fclose(stream) }
        var line = [CChar](repeating: 0, count: 32)
        guard unsafe fgets(&line, Int32(line.count), stream) != nil else { return nil }
        return Int32(String(decoding: line.prefix { $0 > 32 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
