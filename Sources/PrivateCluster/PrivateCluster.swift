import Glibc
package import Logging
import Synchronization

/// The PostgreSQL that `rota standalone` keeps for itself in its data directory.
///
/// It runs in a session of its own and outlives a rota that is killed; the next start finds it alive and goes on with
/// it, or mends what a crash left: a stale pid file, backends without a server, a half-made cluster.
package final class PrivateCluster: Sendable {
    private let dataDirectory: String
    private let refuge: String
    private let logger: Logger
    private let possession = Mutex(Possession())

    /// What this process holds of the cluster between start and stop.
    private struct Possession: ~Copyable {
        var lock: DataDirectoryLock?
        var server: ClusterServer?
    }

    /// Names the cluster of a data directory, which is made by the first start.
    ///
    /// As root, a cluster goes below `refuge` when its user cannot reach the data directory.
    package init(dataDirectory: String, refuge: String = "/var/lib/rota", logger: Logger) {
        self.dataDirectory = dataDirectory
        self.refuge = refuge
        self.logger = logger
    }

    /// Makes sure that the cluster runs and takes connections, and keeps every other rota off the data directory.
    ///
    /// May be called again when connections fail: a server that died is started anew, at the same address. A cancelled
    /// start ends what it began.
    package func start() async throws(PrivateClusterError) -> ClusterConnection {
        let interruption = Interruption()
        let result = await withTaskCancellationHandler {
            await BlockingThread.run { Result { () throws(PrivateClusterError) in try self.start(interruption) } }
        } onCancel: {
            interruption.raise()
        }
        return try result.get()
    }

    /// Stops the server, which disconnects every client, and gives the data directory free.
    ///
    /// Returns when the server has ended. Does nothing when this process has not started or found the cluster.
    package func stop() async {
        await BlockingThread.run {
            self.possession.withLock { possession in
                if let server = possession.server.take() {
                    self.logger.debug("Stopping PostgreSQL")
                    server.stop(logger: self.logger)
                }
                possession.lock = nil
            }
        }
    }

    /// Cuts the server's log once it is too long, keeping its end in `postgres.log.1`.
    ///
    /// Cheap when there is nothing to do: call it now and then while the server runs.
    package func trimLog() async {
        await BlockingThread.run {
            self.possession.withLock { possession in
                if let log = possession.server?.location.log { ServerLog(path: log).trim() }
            }
        }
    }

    private func start(_ interruption: Interruption) throws(PrivateClusterError) -> ClusterConnection {
        try possession.withLock { possession throws(PrivateClusterError) in
            try Folder.make(dataDirectory, mode: ClusterUser.isRoot ? 0o711 : 0o700)
            guard let directory = Folder.resolved(dataDirectory) else { throw .file("find", dataDirectory) }
            let isNew = possession.lock == nil
            if isNew { possession.lock = try DataDirectoryLock(dataDirectory: directory) }
            do throws(PrivateClusterError) {
                let location = try ClusterLocation.find(dataDirectory: directory, refuge: refuge)
                let server = ClusterServer(location: location)
                possession.server = server
                return try server.start(logger: logger, interruption: interruption)
            } catch {
                if isNew {
                    possession.server = nil
                    possession.lock = nil
                }
                throw error
            }
        }
    }
}
