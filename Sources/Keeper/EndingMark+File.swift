import AttemptProtocol
import Core
import Glibc

extension EndingMark {
    /// Writes the mark: as a link that leads nowhere, for what a link says needs no space on a full disk.
    ///
    /// Where not even that can be made the ending goes on without it.
    func write(_ id: AttemptID, in state: StateDirectory) {
        let path = state.ending(id)
        let new = path + ".new"
        unsafe unlink(new)
        guard unsafe symlink("\(cause.rawValue) \(killAt.clampedNanoseconds)", new) == 0 else { return }
        unsafe rename(new, path)
    }

    /// Reads the mark; nil where there is none.
    static func read(_ id: AttemptID, in state: StateDirectory) -> EndingMark? {
        var bytes = [CChar](repeating: 0, count: 100)
        let count = unsafe readlink(state.ending(id), &bytes, bytes.count)
        let text: String
        if count > 0 {
            text = String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        } else {
            // Keepers of before wrote a file.
            guard let file = try? Descriptor(path: state.ending(id), flags: O_RDONLY),
                let bytes = try? file.read(from: 0, limit: 100)
            else { return nil }
            text = String(decoding: bytes, as: UTF8.self)
        }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let cause = ExitRecord.Cause(rawValue: String(words[0])),
            let killAt = Int64(words[1])
        else { return nil }
        return EndingMark(cause: cause, killAt: .nanoseconds(killAt))
    }
}
