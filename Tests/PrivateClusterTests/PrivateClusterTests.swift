import Glibc
import Logging
import Testing

@testable import PrivateCluster

struct PrivateClusterTests {
    @Test func `a first start makes a database that takes connections`() async throws {
        try await ClusterFolder.with { folder in
            let cluster = folder.cluster()
            let connection = try await cluster.start()
            let answer = try folder.ask(
                """
                SELECT current_user, current_database(), pg_encoding_to_char(encoding), datcollate,
                    current_setting('fsync'), current_setting('listen_addresses'), current_setting('jit')
                FROM pg_database WHERE datname = current_database()
                """,
                connection
            )
            #expect(answer == "rota|rota|UTF8|C.UTF-8|on||off")
            await cluster.stop()
            #expect(try folder.processes().all().isEmpty)
            #expect(!Folder.isFolder(connection.socketDirectory))
        }
    }

    @Test func `what was stored is there after a stop and a start`() async throws {
        try await ClusterFolder.with { folder in
            let first = folder.cluster()
            let before = try await first.start()
            _ = try folder.ask("CREATE TABLE kept AS SELECT 42 AS answer", before)
            await first.stop()
            let second = folder.cluster()
            let after = try await second.start()
            #expect(after == before)
            #expect(try folder.ask("SELECT answer FROM kept", after) == "42")
            await second.stop()
        }
    }

    @Test func `a start that is repeated finds the server and changes nothing`() async throws {
        try await ClusterFolder.with { folder in
            let cluster = folder.cluster()
            let first = try await cluster.start()
            let process = try folder.postmaster()?.process
            #expect(try await cluster.start() == first)
            #expect(try folder.postmaster()?.process == process)
            await cluster.stop()
        }
    }

    @Test func `the server stands in a session of its own, where Ctrl-C does not reach it`() async throws {
        try await ClusterFolder.with { folder in
            let cluster = folder.cluster()
            _ = try await cluster.start()
            let process = try #require(try folder.postmaster()?.process)
            #expect(getsid(process) == process)
            await cluster.stop()
        }
    }

    @Test func `only its user and root can reach the socket`() async throws {
        try await ClusterFolder.with { folder in
            let cluster = folder.cluster()
            let connection = try await cluster.start()
            let status = try #require(Folder.status(of: connection.socketDirectory))
            #expect(status.st_mode & 0o7777 == 0o700)
            #expect(status.st_uid == (try folder.location().user.id))
            await cluster.stop()
        }
    }

    @Test func `a second rota on the same data directory is refused and told the process`() async throws {
        try await ClusterFolder.with { folder in
            let first = folder.cluster()
            _ = try await first.start()
            let directory = try #require(Folder.resolved(folder.data))
            await #expect(
                throws: PrivateClusterError.alreadyRunning(dataDirectory: directory, process: getpid())
            ) { try await folder.cluster().start() }
            await first.stop()
            let second = folder.cluster()
            _ = try await second.start()
            await second.stop()
        }
    }

    @Test func `a cancelled start leaves no server behind`() async throws {
        try await ClusterFolder.with { folder in
            let cluster = folder.cluster()
            let start = Task { try await cluster.start() }
            start.cancel()
            await #expect(throws: PrivateClusterError.cancelled) { try await start.value }
            let left = try folder.processes().all()
            #expect(left.isEmpty)
        }
    }

    @Test func `a start that was cut short while making the cluster is begun again`() async throws {
        try await ClusterFolder.with { folder in
            let location = try {
                try Folder.make(folder.data, mode: 0o711)
                return try folder.location()
            }()
            try Folder.make("\(location.directory).new/base/1", mode: 0o700)
            try TextFile.replace("\(location.directory).new/base/1/2619", with: "half", mode: 0o600)
            let cluster = folder.cluster()
            let connection = try await cluster.start()
            #expect(try folder.ask("SELECT 1", connection) == "1")
            await cluster.stop()
        }
    }

    @Test func `a path longer than a socket's may be is no hindrance`() async throws {
        let part = String(repeating: "long", count: 50)
        try await ClusterFolder.with(name: "\(part)/it's \\ there/\(part)") { folder in
            let cluster = folder.cluster()
            let connection = try await cluster.start()
            #expect(connection.socketPath.utf8.count <= 107)
            #expect(try folder.ask("SELECT 1", connection) == "1")
            await cluster.stop()
        }
    }

    @Test func `settings of the operator's own come last`() async throws {
        try await ClusterFolder.with { folder in
            try Folder.make(folder.data, mode: 0o711)
            let home = try folder.location().home
            try TextFile.replace("\(home)/local.conf", with: "work_mem = 7MB\n", mode: 0o644)
            let cluster = folder.cluster()
            let connection = try await cluster.start()
            #expect(try folder.ask("SHOW work_mem", connection) == "7MB")
            await cluster.stop()
        }
    }
}
