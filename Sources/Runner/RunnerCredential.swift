import AttemptProtocol
import Glibc

/// What a host that has joined shows when it dials, kept in its state directory for its owner alone.
package struct RunnerCredential: Hashable, Sendable {
    /// The name under which it joined.
    package var name: String
    /// The secret; the servers have its SHA-256.
    package var secret: String

    /// Which file of the state directory.
    package enum Stage: String, Sendable {
        /// It has joined.
        case joined
        /// It asks to, and perhaps the answer was lost.
        case joining
    }

    /// Makes one of 192 random bits.
    init(name: String) {
        self.name = name
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        secret = "rota_runner_"
        for _ in 0..<32 { secret.unicodeScalars.append(Unicode.Scalar(alphabet[Int(generator.next() & 63)])) }
    }

    /// Reads the one of a state directory; nil where the host has not joined.
    package init?(in directory: String, _ stage: Stage = .joined) throws(RunnerDaemonError) {
        let path = "\(directory)/\(stage.rawValue)"
        let lines: [String]
        do throws(SystemFailure) {
            let file = try Descriptor(path: path, flags: O_RDONLY | O_NOFOLLOW)
            let bytes = try file.read(from: 0, limit: 4096)
            lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        } catch {
            if error.code == ENOENT { return nil }
            throw .credential(path: path, reason: SystemFailure.words(error.code))
        }
        guard lines.count == 2 else { throw .credential(path: path, reason: "it is not as it was written") }
        (name, secret) = (lines[0], lines[1])
    }

    /// Writes it durably, in the place of an earlier one.
    func write(in directory: String, _ stage: Stage) throws(RunnerDaemonError) {
        let path = "\(directory)/\(stage.rawValue)"
        let temporary = "\(path).\(getpid())"
        do throws(SystemFailure) {
            let file = try Descriptor(path: temporary, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
            try file.write(Array("\(name)\n\(secret)\n".utf8))
            guard fsync(file.number) == 0 else { throw SystemFailure("write to disk", temporary) }
            guard unsafe rename(temporary, path) == 0 else { throw SystemFailure("put in place", path) }
        } catch {
            unsafe unlink(temporary)
            throw .credential(path: path, reason: SystemFailure.words(error.code))
        }
        if stage == .joined { unsafe unlink("\(directory)/\(Stage.joining.rawValue)") }
    }
}
