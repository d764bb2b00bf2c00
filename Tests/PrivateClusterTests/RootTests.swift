import Glibc
import Testing

@testable import PrivateCluster

/// What is different when root runs rota.
@Suite(.enabled(if: geteuid() == 0, "needs root"))
struct RootTests {
    @Test func `the server runs as another user than root`() async throws {
        try await ClusterFolder.with { folder in
            let cluster = folder.cluster()
            _ = try await cluster.start()
            let location = try folder.location()
            let process = try #require(try folder.postmaster()?.process)
            #expect(Folder.status(of: "/proc/\(process)")?.st_uid == location.user.id)
            #expect(location.user.id != 0)
            #expect(location.home.hasSuffix("/data/postgres"))
            await cluster.stop()
        }
    }

    @Test func `below a folder closed to that user the cluster goes elsewhere, and is found again`() async throws {
        try await ClusterFolder.with { folder in
            try Folder.make(folder.data, mode: 0o700)
            let first = folder.cluster()
            let connection = try await first.start()
            _ = try folder.ask("CREATE TABLE kept AS SELECT 42 AS answer", connection)
            await first.stop()

            let home = try folder.location().home
            #expect(home.hasPrefix(folder.refuge + "/data-"))
            let pointer = ClusterLocation.pointer(in: folder.data)
            #expect(TextFile.read(pointer) == home + "\n")
            let second = folder.cluster()
            #expect(try await second.start() == connection)
            #expect(try folder.ask("SELECT answer FROM kept", connection) == "42")
            await second.stop()

            try Folder.remove(home)
            await #expect(throws: PrivateClusterError.locationMissing(pointer: pointer, location: home)) {
                try await folder.cluster().start()
            }
        }
    }

    @Test func `a data directory that is the common place itself is opened for passing through`() async throws {
        try await ClusterFolder.with { folder in
            try Folder.make(folder.data, mode: 0o700)
            let cluster = PrivateCluster(
                dataDirectory: folder.data,
                refuge: folder.data,
                logger: ClusterFolder.logger
            )
            _ = try await cluster.start()
            #expect(Folder.isFolder("\(folder.data)/postgres/data"))
            await cluster.stop()
        }
    }

    @Test func `in a user's data directory the cluster is that user's`() async throws {
        try await ClusterFolder.with { folder in
            let owner = try #require(ClusterUser.named("nobody"))
            try Folder.make(folder.data, mode: 0o700)
            unsafe chown(folder.data, owner.id, owner.group)
            let cluster = folder.cluster()
            let connection = try await cluster.start()
            #expect(try folder.location().user == owner)
            #expect(try folder.ask("SELECT 1", connection) == "1")
            await cluster.stop()
        }
    }
}
