import Glibc
import Logging

@testable import PrivateCluster

/// A data directory for one test, with all that a cluster in it may leave behind taken away afterwards.
struct ClusterFolder: Sendable {
    let base: String
    /// The data directory's path below `base`.
    var name = "data"
    var data: String { "\(base)/\(name)" }
    var refuge: String { "\(base)/refuge" }

    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Another rota's view of the data directory, or this one's when it is kept.
    func cluster() -> PrivateCluster {
        PrivateCluster(dataDirectory: data, refuge: refuge, logger: Self.logger)
    }

    func location() throws -> ClusterLocation {
        try ClusterLocation.find(dataDirectory: data, refuge: refuge)
    }

    func processes() throws -> ServerProcesses {
        let location = try location()
        return ServerProcesses(directory: location.directory, user: location.user)
    }

    func postmaster() throws -> PostmasterFile? {
        PostmasterFile.read(in: try location().directory)
    }

    /// What psql prints for a query, without its alignment.
    func ask(_ query: String, _ connection: ClusterConnection) throws -> String {
        let outcome = try psql(query, connection).run()
        guard outcome.succeeded else { throw QueryFailure(output: outcome.output) }
        return String(outcome.output.prefix { $0 != "\n" })
    }

    func psql(_ query: String, _ connection: ClusterConnection) throws -> Spawn {
        Spawn(
            program: "psql",
            arguments: ["--no-psqlrc", "-At", "-c", query, connection.connectionString],
            user: try .current()
        )
    }

    static func with<Result>(
        name: String = "data",
        _ body: (ClusterFolder) async throws -> Result
    ) async throws -> Result {
        guard let template = unsafe strdup("/tmp/rota-test-XXXXXX") else { throw QueryFailure(output: "no memory") }
        defer { unsafe free(template) }
        guard unsafe mkdtemp(template) != nil else { throw PrivateClusterError.file("make", "/tmp/rota-test-XXXXXX") }
        let folder = unsafe ClusterFolder(base: String(cString: template), name: name)
        // As root the cluster's user has to pass through.
        unsafe chmod(folder.base, 0o711)
        do {
            let result = try await body(folder)
            folder.clear()
            return result
        } catch {
            folder.clear()
            throw error
        }
    }

    /// Ends what still runs and removes every trace; what cannot be cleared must not hide how the test went.
    private func clear() {
        let elsewhere = TextFile.read(ClusterLocation.pointer(in: data)).map { String($0.prefix { $0 != "\n" }) }
        for home in ["\(data)/postgres", elsewhere].compactMap(\.self) {
            let directory = "\(home)/data"
            guard let owner = Folder.status(of: directory)?.st_uid, let user = try? ClusterUser.withID(owner) else {
                continue
            }
            let server = PostmasterFile.read(in: directory)
            _ = try? ServerProcesses(directory: directory, user: user).endOrphans()
            if let server { waitpid(server.process, nil, WNOHANG) }
            if let socketDirectory = server?.socketDirectory { try? Folder.remove(socketDirectory) }
        }
        try? Folder.remove(base)
    }
}

struct QueryFailure: Error {
    let output: String
}
