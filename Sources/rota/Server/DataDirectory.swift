import AttemptProtocol
import Glibc
import Host

/// A server's own folder: its identity, its socket, its local runner's state.
struct DataDirectory: Sendable {
    /// Absolute.
    let path: String
    /// Random, made with the folder; it names the server in leases.
    let serverID: String
    /// Where the API listens for this host's owner of the folder.
    let socketPath: String

    /// The state of the runner on this host.
    var runnerState: String { path + "/runner" }
    /// The settings that are read unless others are named.
    var settings: String { path + "/rota.yaml" }

    /// A path of at most so many bytes fits a unix socket.
    private static let longestSocketPath = 100

    /// Makes the folder where it is missing, and locks it until the process ends.
    init(path given: String) throws(ServerFailure) {
        path = try Self.make(given)
        try Self.lock(path)
        serverID = try Self.identity(in: path)
        socketPath = try Self.socket(in: path, id: serverID)
    }

    private static func make(_ given: String) throws(ServerFailure) -> String {
        let absolute = AbsolutePath.of(given)
        try makeFolders(absolute)
        guard unsafe access(absolute, W_OK | X_OK) == 0 else {
            throw .dataDirectory(path: absolute, reason: SmallFile.reason)
        }
        return absolute
    }

    /// Makes a folder and those above it where they are missing.
    static func makeFolders(_ absolute: String) throws(ServerFailure) {
        var made = ""
        for part in absolute.split(separator: "/") {
            made += "/" + part
            // Root's is 0711, so that an unprivileged PostgreSQL below it can be reached.
            if unsafe mkdir(made, geteuid() == 0 ? 0o711 : 0o700) != 0, errno != EEXIST {
                throw .dataDirectory(path: absolute, reason: SmallFile.reason)
            }
        }
    }

    private static func lock(_ path: String) throws(ServerFailure) {
        let descriptor = unsafe open(path + "/server.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .dataDirectory(path: path, reason: SmallFile.reason) }
        // Never closed: the lock is the process's own until it ends, however it ends.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .dataDirectoryInUse(path: path) }
    }

    private static func identity(in path: String) throws(ServerFailure) -> String {
        let file = path + "/server-id"
        if let known = SmallFile.read(file)?.split(separator: "\n").first, known.utf8.count == 32 {
            return String(known)
        }
        var generator = SystemRandomNumberGenerator()
        let id = [generator.next(), generator.next()].map { (half: UInt64) in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
        try write(id + "\n", to: file, in: path)
        return id
    }

    private static func socket(in path: String, id: String) throws(ServerFailure) -> String {
        let usual = path + "/rota.sock"
        let note = path + "/socket-path"
        guard usual.utf8.count > longestSocketPath else {
            unsafe unlink(note)
            return usual
        }
        let folder = "/tmp/rota-\(geteuid())-\(id.prefix(12))"
        unsafe mkdir(folder, 0o700)
        guard let facts = FileFacts(ofLinkAt: folder), facts.isFolder, facts.owner == geteuid(),
            facts.permissions & 0o077 == 0
        else { throw .dataDirectory(path: path, reason: "its path is long, and \(folder) is not ours alone") }
        try write(folder + "/api.sock\n", to: note, in: path)
        return folder + "/api.sock"
    }

    private static func write(_ text: String, to file: String, in path: String) throws(ServerFailure) {
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .dataDirectory(path: path, reason: SmallFile.reason) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw .dataDirectory(path: path, reason: SmallFile.reason)
        }
    }
}

/// Paths as people type them.
enum AbsolutePath {
    /// The path from the root, without a slash at its end; `~` is the user's home.
    static func of(_ given: String) -> String {
        var path = given
        if path == "~" || path.hasPrefix("~/") {
            path = (ProcessEnvironment.current["HOME"] ?? "") + path.dropFirst()
        }
        if !path.hasPrefix("/") {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let current = unsafe getcwd(&buffer, buffer.count).map { unsafe String(cString: $0) } ?? ""
            path = current + "/" + path
        }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
