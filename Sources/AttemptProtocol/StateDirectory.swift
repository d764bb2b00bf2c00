package import Core
import Glibc

/// The layout of a runner's state directory; it is made by its keeper and read by the adapter beside it.
package struct StateDirectory: Hashable, Sendable {
    /// The directory's absolute path.
    package let path: String

    /// Names a directory, which need not exist yet.
    package init(path: String) {
        self.path = path
    }

    /// The file with the directory's own random identity.
    package var identityFile: String { path + "/id" }
    /// The lock that the serving keeper holds.
    package var lockFile: String { path + "/keeper.lock" }
    /// What a keeper has to say to people.
    package var logFile: String { path + "/keeper.log" }
    /// The name of the socket in the directory.
    package static let socketName = "keeper.sock"
    /// The beginning of the names of journals; a number follows.
    package static let journalPrefix = "journal."
    /// The folder of the attempts' folders.
    package var attempts: String { path + "/attempts" }
    /// The folder of the runs' folders.
    package var runs: String { path + "/runs" }

    /// A journal by its number.
    package func journal(_ number: Int) -> String { "\(path)/\(StateDirectory.journalPrefix)\(number)" }
    /// An attempt's folder.
    package func attempt(_ id: AttemptID) -> String { "\(attempts)/\(id)" }
    /// The script that an attempt runs.
    package func script(_ id: AttemptID) -> String { attempt(id) + "/script" }
    /// What the command wrote to its standard output and error; its lock is held while a process that inherited it lives.
    package func log(_ id: AttemptID) -> String { attempt(id) + "/log" }
    /// What the command wrote to `ROTA_OUTPUT`.
    package func output(_ id: AttemptID) -> String { attempt(id) + "/output" }
    /// Why and when a keeper began to end the attempt.
    package func ending(_ id: AttemptID) -> String { attempt(id) + "/ending" }
    /// A run's folder, which its attempts share.
    package func run(_ name: String) -> String { "\(runs)/\(name)" }

    /// Whether a run's folder may have this name: letters, digits, `.`, `_`, `+`, `-`, at most 200, not a dot first.
    package static func isSafe(runDirectory name: String) -> Bool {
        guard (1...200).contains(name.utf8.count), name.utf8.first != UInt8(ascii: ".") else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "+"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    /// Makes what is missing, for its owner alone, and returns the directory's identity.
    package func prepare() throws(SystemFailure) -> String {
        try makeParents(of: path)
        for folder in [path, attempts, runs] {
            guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw SystemFailure("make", folder) }
        }
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { throw SystemFailure("look at", path) }
        guard facts.st_uid == geteuid() else { throw SystemFailure("use another user's", path, code: EPERM) }
        if facts.st_mode & 0o077 != 0, unsafe chmod(path, 0o700) != 0 {
            throw SystemFailure("close to others", path)
        }
        if let identity = try readIdentity() { return identity }
        return try makeIdentity()
    }

    /// The directory's identity; nil where there is none yet.
    package func readIdentity() throws(SystemFailure) -> String? {
        do {
            let file = try Descriptor(path: identityFile, flags: O_RDONLY)
            let text = String(decoding: try file.read(from: 0, limit: 64).prefix { $0 > 32 }, as: UTF8.self)
            return text.isEmpty ? nil : text
        } catch {
            guard error.code == ENOENT else { throw error }
            return nil
        }
    }

    private func makeIdentity() throws(SystemFailure) -> String {
        var random = SystemRandomNumberGenerator()
        let digits = [random.next(), random.next()].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        let temporary = "\(identityFile).\(getpid())"
        do {
            let file = try Descriptor(path: temporary, flags: O_WRONLY | O_CREAT | O_TRUNC)
            try file.write(Array((digits.joined() + "\n").utf8))
            guard fsync(file.number) == 0 else { throw SystemFailure("write to disk", temporary) }
        }
        // A link, unlike a rename, fails when another keeper was first, whose identity then holds.
        let linked = unsafe link(temporary, identityFile)
        let code = errno
        unsafe unlink(temporary)
        guard linked == 0 || code == EEXIST else { throw SystemFailure("make", identityFile, code: code) }
        guard let identity = try readIdentity() else {
            throw SystemFailure("read an identity from", identityFile, code: ENODATA)
        }
        return identity
    }

    private func makeParents(of path: String) throws(SystemFailure) {
        var parent = ""
        for part in path.split(separator: "/").dropLast() {
            parent += "/" + part
            guard unsafe mkdir(parent, 0o755) == 0 || errno == EEXIST || errno == EROFS || errno == EACCES else {
                throw SystemFailure("make", parent)
            }
        }
    }
}
