import AttemptProtocol
import Core
import Glibc

extension EndingMark {
    /// Writes the mark; on a disk that takes nothing more the ending goes on without it.
    func write(_ id: AttemptID, in state: StateDirectory) {
        let text = "\(cause.rawValue) \(killAt.clampedNanoseconds)\n"
        guard let file = try? Descriptor(path: state.ending(id), flags: O_WRONLY | O_CREAT | O_TRUNC) else { return }
        try? file.write(Array(text.utf8))
    }

    /// Reads the mark; nil where there is none.
    static func read(_ id: AttemptID, in state: StateDirectory) -> EndingMark? {
        guard let file = try? Descriptor(path: state.ending(id), flags: O_RDONLY),
            let bytes = try? file.read(from: 0, limit: 100)
        else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let cause = ExitRecord.Cause(rawValue: String(words[0])),
            let killAt = Int64(words[1])
        else { return nil }
        return EndingMark(cause: cause, killAt: .nanoseconds(killAt))
    }
}
