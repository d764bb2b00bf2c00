package import Core
import Glibc

/// The files of attempts in a state directory, for whoever passes them on.
package struct AttemptFiles: Sendable {
    /// Why a file cannot be had.
    package enum Failure: Error, Hashable, Sendable {
        /// There is no such attempt here.
        case unknownAttempt(AttemptID)
        /// This process lacks something for now, which says nothing about the file: whoever asks again will get it.
        case notNow(String)
        /// It cannot be read; the sentence says why.
        case unreadable(String)
    }

    private let state: StateDirectory

    /// What a command may write to `ROTA_OUTPUT`, and one byte that tells that it wrote more.
    private static let outputLimit = 1 << 20 + 1

    /// Names the state directory.
    package init(state: StateDirectory) {
        self.state = state
    }

    /// Reads at most so many bytes of a log from an offset on, or from where bytes are kept again; and says where that
    /// is, and how long the log is.
    package func log(
        of id: AttemptID,
        from offset: Int64,
        limit: Int
    ) throws(Failure) -> (start: Int64, bytes: [UInt8], end: Int64) {
        guard let file = try open(state.log(id), of: id) else { return (offset, [], 0) }
        do throws(SystemFailure) {
            return try TrimmedLog.read(file, from: offset, limit: limit)
        } catch {
            throw .unreadable("the log of attempt \(id) cannot be read: \(error)")
        }
    }

    /// Reads what a command wrote to `ROTA_OUTPUT`: at most 1 MiB and one byte.
    package func output(of id: AttemptID) throws(Failure) -> [UInt8] {
        guard let file = try open(state.output(id), of: id) else { return [] }
        do throws(SystemFailure) {
            return try file.read(from: 0, limit: min(AttemptFiles.outputLimit, Int(file.length)))
        } catch {
            throw .unreadable("the output of attempt \(id) cannot be read: \(error)")
        }
    }

    /// Opens one of an attempt's files; nil where the attempt is there and the file is not.
    private func open(_ path: String, of id: AttemptID) throws(Failure) -> Descriptor? {
        do throws(SystemFailure) {
            // A command may put anything in its output's place; a pipe there must not keep us waiting.
            let file = try Descriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
            guard FileFacts(descriptor: file.number)?.isRegular == true else {
                throw SystemFailure("read as a file", path, code: EINVAL)
            }
            return file
        } catch {
            if [EMFILE, ENFILE, ENOMEM].contains(error.code) { throw .notNow("\(error)") }
            guard error.code == ENOENT else { throw .unreadable("\(error)") }
        }
        if unsafe access(state.attempt(id), F_OK) == 0 { return nil }
        throw .unknownAttempt(id)
    }
}
