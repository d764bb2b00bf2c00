import Glibc
import Logging

/// The server process of a cluster: found or started, awaited, stopped.
struct ClusterServer: Sendable {
    let location: ClusterLocation

    private var processes: ServerProcesses {
        ServerProcesses(directory: location.directory, user: location.user)
    }

    /// Longer than any recovery from the largest log that the settings allow.
    private static let startLimit: Duration = .seconds(300)

    func start(logger: Logger, interruption: Interruption) throws(PrivateClusterError) -> ClusterConnection {
        if let connection = try attach(logger: logger, interruption: interruption) { return connection }
        return try launch(logger: logger, interruption: interruption)
    }

    /// Stops the server: gently, then firmly, then by force, each of which a cluster survives.
    func stop(logger: Logger) {
        guard let file = living() else { return }
        end(file.process, logger: logger)
        if let folder = file.socketDirectory { RuntimeFolder.remove(folder) }
    }

    private func end(_ process: pid_t, logger: Logger) {
        let steps: [(signal: Int32, limit: Duration)] = [
            (SIGINT, .seconds(60)), (SIGQUIT, .seconds(10)), (SIGKILL, .seconds(10)),
        ]
        for step in steps {
            kill(process, step.signal)
            if hasEnded(process, within: step.limit) { return }
            logger.warning("PostgreSQL is slow to stop", metadata: ["process": "\(process)"])
        }
        logger.error(
            "PostgreSQL could not be stopped: process \(process) does not end. Look at its log.",
            metadata: ["log": "\(location.log)"]
        )
    }

    /// Goes on with a server that is alive, as a killed rota leaves it; nil when one has to be started.
    private func attach(logger: Logger, interruption: Interruption) throws(PrivateClusterError) -> ClusterConnection? {
        guard let file = living() else { return nil }
        guard let connection = try ready(file.process, interruption: interruption) else { return nil }
        if accepts(connection) {
            logger.info("Found PostgreSQL running", metadata: ["process": "\(file.process)"])
            return connection
        }
        logger.notice("PostgreSQL runs but its socket is gone; restarting it", metadata: ["process": "\(file.process)"])
        stop(logger: logger)
        return nil
    }

    private func launch(logger: Logger, interruption: Interruption) throws(PrivateClusterError) -> ClusterConnection {
        let installation = try PostgresInstallation.choose(
            from: PostgresInstallation.all(user: location.user),
            clusterVersion: location.version,
            directory: location.directory
        )
        let orphans = try processes.endOrphans()
        if orphans > 0 {
            logger.notice("Ended processes of a PostgreSQL that was killed", metadata: ["count": "\(orphans)"])
        }
        try removeStaleFile()
        if location.version == nil {
            logger.info("Creating a PostgreSQL database", metadata: ["directory": "\(location.directory)"])
            try ClusterCreation(location: location, installation: installation).run()
        }

        let folder = try RuntimeFolder.make(for: location.directory, user: location.user)
        let connection = ClusterConnection(socketDirectory: folder)
        // No server of this cluster lives, so these can only be left over; their pid may be somebody else's by now.
        unsafe unlink(connection.socketPath)
        unsafe unlink(connection.socketPath + ".lock")
        do throws(PrivateClusterError) {
            try ClusterSettings(
                location: location,
                socketDirectory: folder,
                hasLZ4: hasLZ4(installation)
            ).write()
            return try run(installation, logger: logger, interruption: interruption)
        } catch {
            RuntimeFolder.remove(folder)
            throw error
        }
    }

    private func run(
        _ installation: PostgresInstallation,
        logger: Logger,
        interruption: Interruption
    ) throws(PrivateClusterError) -> ClusterConnection {
        let log = ServerLog(path: location.log)
        log.trim()
        let output = try log.open(for: location.user)
        defer { close(output) }
        let offset = log.length
        let input = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw .file("read", "/dev/null") }
        defer { close(input) }

        let process = try Spawn(
            program: installation.program("postgres"),
            arguments: ["-D", location.directory, "-c", "config_file=\(location.settings)"],
            user: location.user
        ).start(input: input, output: output)
        do throws(PrivateClusterError) {
            if let connection = try ready(process, interruption: interruption) {
                logger.info(
                    "Started PostgreSQL",
                    metadata: ["process": "\(process)", "version": "\(installation.version)"]
                )
                return connection
            }
        } catch {
            end(process, logger: logger)
            throw error
        }
        let complaint = log.complaint(from: offset)
        if let complaint, complaint.isDiskFull { throw .diskFull(path: location.home) }
        throw .startFailed(reason: complaint?.reason, log: location.log)
    }

    /// Waits until a server takes connections; nil when it ends instead.
    private func ready(_ process: pid_t, interruption: Interruption) throws(PrivateClusterError) -> ClusterConnection? {
        var waiting = Waiting(atMost: Self.startLimit, interruption: interruption)
        while isAlive(process) {
            if let file = PostmasterFile.read(in: location.directory), file.process == process, file.status == .ready,
                let folder = file.socketDirectory
            {
                return ClusterConnection(socketDirectory: folder)
            }
            guard try waiting.again() else {
                throw .notReady(seconds: Self.startLimit.components.seconds, log: location.log)
            }
        }
        return nil
    }

    /// The server that the pid file names, if that is what the process with this number is.
    private func living() -> PostmasterFile? {
        guard let file = PostmasterFile.read(in: location.directory) else { return nil }
        return processes.contains(file.process) ? file : nil
    }

    /// Whether a server lives; one of our own that has ended is reaped.
    ///
    /// A child of ours counts from the moment it is spawned, before it has become PostgreSQL.
    private func isAlive(_ process: pid_t) -> Bool {
        let reaped = waitpid(process, nil, WNOHANG)
        return reaped == -1 ? processes.contains(process) : reaped == 0
    }

    private func hasEnded(_ process: pid_t, within limit: Duration) -> Bool {
        var waiting = Waiting(atMost: limit)
        while isAlive(process) {
            // Without an interruption nothing is thrown; were it otherwise, waiting would simply be over.
            guard (try? waiting.again()) == true else { return false }
        }
        return true
    }

    private func removeStaleFile() throws(PrivateClusterError) {
        // Were it a child of ours that was killed, nobody else would reap it.
        if let file = PostmasterFile.read(in: location.directory) { _ = isAlive(file.process) }
        let path = PostmasterFile.path(in: location.directory)
        guard unsafe unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else { throw .file("remove", path) }
    }

    private func hasLZ4(_ installation: PostgresInstallation) throws(PrivateClusterError) -> Bool {
        try Spawn(
            program: installation.program("postgres"),
            arguments: [
                "-D", location.directory, "-C", "default_toast_compression", "-c", "default_toast_compression=lz4",
            ],
            user: location.user
        ).run().succeeded
    }

    /// Whether somebody listens on the socket.
    private func accepts(_ connection: ClusterConnection) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(connection.socketPath.utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
