import AttemptProtocol
import Core
import Glibc
import Synchronization

/// The program `rota-keeper` that is copied to hosts, as it is now: an upgrade may put another in its place.
///
/// It is large, so it is hashed once for each file that has stood there, and read again only for a host that lacks it.
struct KeeperProgram: Sendable {
    /// By what a host tells whether it has the program.
    struct Identity: Hashable, Sendable {
        var size: Int
        /// SHA-256, in hexadecimal digits.
        var hash: String
    }

    /// What tells one file from another that is put in its place.
    private struct Stamp: Hashable {
        var device: UInt64
        var number: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    let path: String
    private static let known = Mutex<[String: (stamp: Stamp, identity: Identity)]>([:])

    /// The identity of the file that stands there now.
    func identity() throws(SystemFailure) -> Identity {
        let file = try Descriptor(path: path, flags: O_RDONLY)
        var facts = stat()
        guard unsafe fstat(file.number, &facts) == 0 else { throw SystemFailure("look at", path) }
        let stamp = Stamp(
            device: UInt64(facts.st_dev),
            number: UInt64(facts.st_ino),
            size: Int64(facts.st_size),
            seconds: facts.st_mtim.tv_sec,
            nanoseconds: facts.st_mtim.tv_nsec
        )
        if let known = Self.known.withLock({ $0[path] }), known.stamp == stamp { return known.identity }
        let bytes = try file.read(from: 0, limit: Int(facts.st_size))
        let identity = Identity(size: bytes.count, hash: SHA256.hex(of: bytes))
        Self.known.withLock { $0[path] = (stamp, identity) }
        return identity
    }

    /// The program's bytes.
    func bytes() throws(SystemFailure) -> [UInt8] {
        let file = try Descriptor(path: path, flags: O_RDONLY)
        return try file.read(from: 0, limit: Int(file.length))
    }
}
