import Glibc
import Testing

@testable import PrivateCluster

/// What a crash leaves, and how the next start goes on from it.
struct RecoveryTests {
    @Test func `a pid file that names somebody else's process is not believed`() async throws {
        try await ClusterFolder.with { folder in
            let connection = try await crashed(folder)
            let location = try folder.location()
            let stranger = try bystander(location.user)
            defer { end(stranger) }
            let pidFile = PostmasterFile.path(in: location.directory)
            let lines = try #require(TextFile.read(pidFile)).drop { $0 != "\n" }
            try TextFile.replace(pidFile, with: "\(stranger)\(lines)", mode: 0o600)
            try TextFile.replace(connection.socketPath + ".lock", with: "\(stranger)\(lines)", mode: 0o600)

            let cluster = folder.cluster()
            #expect(try await cluster.start() == connection)
            #expect(try folder.ask("SELECT answer FROM kept", connection) == "42")
            #expect(kill(stranger, 0) == 0)
            await cluster.stop()
        }
    }

    @Test func `backends that outlive their killed server are ended and the data is whole`() async throws {
        try await ClusterFolder.with { folder in
            let first = folder.cluster()
            let connection = try await first.start()
            _ = try folder.ask("CREATE TABLE kept AS SELECT 42 AS answer", connection)
            let busy = try start(folder.psql("SELECT sum(n) FROM generate_series(1, 1e15::bigint) n", connection))
            defer { end(busy) }
            let backend = try await process(ofBusyBackend: folder, connection)
            try killServer(folder)
            #expect(try folder.processes().contains(backend))

            #expect(try await first.start() == connection)
            #expect(try !folder.processes().contains(backend))
            #expect(try folder.ask("SELECT answer FROM kept", connection) == "42")
            await first.stop()
        }
    }

    @Test func `a server whose socket was removed is restarted`() async throws {
        try await ClusterFolder.with { folder in
            let cluster = folder.cluster()
            let connection = try await cluster.start()
            let process = try folder.postmaster()?.process
            unsafe unlink(connection.socketPath)
            #expect(try await cluster.start() == connection)
            #expect(try folder.postmaster()?.process != process)
            #expect(try folder.ask("SELECT 1", connection) == "1")
            await cluster.stop()
        }
    }

    @Test func `a server whose data directory was removed does not stop a fresh one`() async throws {
        try await ClusterFolder.with { folder in
            let first = folder.cluster()
            let connection = try await first.start()
            let old = try #require(try folder.postmaster()?.process)
            try Folder.remove(folder.location().directory)
            #expect(try await first.start() == connection)
            #expect(try !folder.processes().contains(old))
            #expect(try folder.ask("SELECT 1", connection) == "1")
            await first.stop()
        }
    }

    /// A cluster with one table, all of whose processes were killed.
    private func crashed(_ folder: ClusterFolder) async throws -> ClusterConnection {
        let cluster = folder.cluster()
        let connection = try await cluster.start()
        _ = try folder.ask("CREATE TABLE kept AS SELECT 42 AS answer", connection)
        try killServer(folder)
        _ = try folder.processes().endOrphans()
        return connection
    }

    private func killServer(_ folder: ClusterFolder) throws {
        let process = try #require(try folder.postmaster()?.process)
        kill(process, SIGKILL)
        var waiting = Waiting(atMost: .seconds(60))
        while try folder.processes().contains(process) { try #require(try waiting.again()) }
    }

    private func process(
        ofBusyBackend folder: ClusterFolder,
        _ connection: ClusterConnection
    ) async throws -> pid_t {
        let query = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"
        var waiting = Waiting(atMost: .seconds(60))
        while true {
            if let process = pid_t(try folder.ask(query, connection)) { return process }
            try #require(try waiting.again())
        }
    }

    private func bystander(_ user: ClusterUser) throws -> pid_t {
        try start(Spawn(program: "sleep", arguments: ["infinity"], user: user))
    }

    private func start(_ spawn: Spawn) throws -> pid_t {
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        return try spawn.start(input: null, output: null)
    }

    private func end(_ process: pid_t) {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }
}
