import AttemptProtocol
import Core
import Glibc

/// The newest reading of this host's clock that a server has heard, in a file.
///
/// A keeper that comes after this one goes on counting from it, and a keeper that was replaced, to which no server speaks
/// any more, learns from it what its successor hears.
struct ContactFile {
    private let path: String
    private let bootID: String

    init(bootID: String, in state: StateDirectory) {
        path = state.path + "/contact"
        self.bootID = bootID
    }

    /// Where this cannot be written, a keeper that comes after this one ends what it finds: the safe side.
    func write(_ reading: Duration) {
        let text = "\(bootID) \(reading.clampedNanoseconds)\n"
        do throws(SystemFailure) {
            let file = try Descriptor(path: path + ".new", flags: O_WRONLY | O_CREAT | O_TRUNC)
            try file.write(Array(text.utf8))
            guard unsafe rename(path + ".new", path) == 0 else { throw SystemFailure("rename", path) }
        } catch {
            Keeper.complain("\(error)")
        }
    }

    /// The reading; nil where there is none of this boot.
    func read() -> KeeperClock? {
        // What is not there has nothing to say.
        guard let file = try? Descriptor(path: path, flags: O_RDONLY), let bytes = try? file.read(from: 0, limit: 200)
        else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == bootID, let number = Int64(words[1]) else { return nil }
        return KeeperClock(bootID: bootID, sinceBoot: .nanoseconds(number))
    }
}
