import AttemptProtocol
import Core
import Glibc

/// The secret that a runner daemon's clients must show.
struct RunnerDaemonToken: Sendable {
    private let bytes: [UInt8]

    static let shortest = 16

    /// Reads the first line of a file.
    init(path: String) throws(RunnerDaemonError) {
        do throws(SystemFailure) {
            let file = try Descriptor(path: path, flags: O_RDONLY)
            let content = try file.read(from: 0, limit: 4096)
            bytes = Array(content.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
        } catch {
            throw .tokenFile(path: path, reason: SystemFailure.words(error.code))
        }
        guard bytes.count >= RunnerDaemonToken.shortest else { throw .weakToken(path: path) }
    }

    /// Whether an `Authorization` header shows it, compared in a time that does not tell how much of it is right.
    func isShown(by header: String?) -> Bool {
        let prefix = Array("bearer ".utf8)
        let shown = Array((header ?? "").utf8)
        guard shown.count >= prefix.count, shown.prefix(prefix.count).map({ $0 | 0x20 }) == prefix else { return false }
        let candidate = Array(shown.dropFirst(prefix.count))
        var difference = UInt8(candidate.count == bytes.count ? 0 : 1)
        for index in bytes.indices {
            difference |= bytes[index] ^ (index < candidate.count ? candidate[index] : 0)
        }
        return difference == 0
    }
}
