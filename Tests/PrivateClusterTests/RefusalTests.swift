import Glibc
import Testing

@testable import PrivateCluster

/// What cannot be started, and in which words that is said.
struct RefusalTests {
    @Test func `a data directory that cannot be written is named`() async throws {
        let cluster = PrivateCluster(dataDirectory: "/sys/rota", logger: ClusterFolder.logger)
        let error = await #expect(throws: PrivateClusterError.self) { try await cluster.start() }
        guard case .notWritable("/sys/rota", _) = try #require(error) else {
            Issue.record("got \(String(describing: error))")
            return
        }
    }

    @Test func `a file where the data directory should be is named`() async throws {
        try await ClusterFolder.with { folder in
            try TextFile.replace(folder.data, with: "", mode: 0o600)
            await #expect(
                throws: PrivateClusterError.fileFailure(
                    action: "make the folder",
                    path: folder.data,
                    code: EEXIST
                )
            ) { try await folder.cluster().start() }
        }
    }

    @Test func `a cluster of a version that is not installed is left alone`() async throws {
        try await ClusterFolder.with { folder in
            let first = folder.cluster()
            _ = try await first.start()
            await first.stop()
            let location = try folder.location()
            let installed = try #require(location.version)
            try TextFile.replace("\(location.directory)/PG_VERSION", with: "9\n", mode: 0o644)
            await #expect(
                throws: PrivateClusterError.otherVersion(
                    directory: location.directory,
                    cluster: 9,
                    installed: installed
                )
            ) { try await folder.cluster().start() }
        }
    }

    @Test func `a server that gives up is quoted`() async throws {
        try await ClusterFolder.with { folder in
            try Folder.make(folder.data, mode: 0o711)
            let location = try folder.location()
            try TextFile.replace("\(location.home)/local.conf", with: "max_connections = none\n", mode: 0o644)
            let error = await #expect(throws: PrivateClusterError.self) { try await folder.cluster().start() }
            guard case .startFailed(let reason, location.log) = try #require(error) else {
                Issue.record("got \(String(describing: error))")
                return
            }
            #expect(reason?.contains("local.conf\" contains errors") == true)
        }
    }

    @Test(
        arguments: [
            (
                PrivateClusterError.alreadyRunning(dataDirectory: "/d", process: 7),
                "rota standalone already runs on /d (process 7). Stop it first, or give another directory with --data."
            ),
            (
                .otherVersion(directory: "/d", cluster: 14, installed: 15),
                "The database in /d was made by PostgreSQL 14, but PostgreSQL 15 is installed. "
                    + "Run 'rota db upgrade', or install PostgreSQL 14 again."
            ),
            (
                .file("write", "/d", code: ENOSPC),
                "No space is left on the disk that holds /d. Free some, then start again."
            ),
            (
                .file("write", "/d", code: EROFS),
                "Cannot write /d: Read-only file system. Give this user the right to, "
                    + "or another directory with --data."
            ),
            (
                .postgresMissing(oldest: 14),
                "PostgreSQL 14 or later is not installed. On Debian: apt-get install postgresql. "
                    + "Elsewhere, put its initdb on PATH."
            ),
        ])
    func `each refusal says what to do`(error: PrivateClusterError, words: String) {
        #expect(error.description == words)
    }

    @Test(
        arguments: [
            ("2026-01-01 [7] LOG:  hello\n2026-01-01 [7] FATAL:  no room: No space left on device\n", true),
            ("initdb: error: could not create directory \"/d\": No space left on device\ninitdb: removing\n", true),
            ("2026-01-01 [7] FATAL:  lock file \"postmaster.pid\" already exists\n", false),
        ])
    func `a full disk is told from other reasons in the server's own words`(text: String, isDiskFull: Bool) {
        #expect(ServerComplaint(in: text)?.isDiskFull == isDiskFull)
    }

    @Test func `the newest version makes a cluster and its own version runs it`() throws {
        let installed = [16, 15, 13].map { PostgresInstallation(binaries: "/\($0)", version: $0) }
        func choice(_ version: Int?) throws -> Int {
            try PostgresInstallation.choose(from: installed, clusterVersion: version, directory: "/d").version
        }
        #expect(try choice(nil) == 16)
        #expect(try choice(15) == 15)
        #expect(throws: PrivateClusterError.otherVersion(directory: "/d", cluster: 13, installed: 16)) {
            try choice(13)
        }
        #expect(throws: PrivateClusterError.postgresMissing(oldest: 14)) {
            try PostgresInstallation.choose(from: installed.suffix(1), clusterVersion: nil, directory: "/d")
        }
    }
}
