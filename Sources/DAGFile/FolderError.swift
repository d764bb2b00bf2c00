import Core
import Glibc

/// Why a DAG folder cannot be used; never a reason to retire a DAG.
package enum FolderError: Error, Hashable, Sendable {
    /// The folder, or one in it, cannot be opened or read.
    case unreadable(path: String, code: Int32)
    /// The folder had files at the last scan and now has none.
    case suddenlyEmpty(path: String, before: Int)
    /// It has more entries than any DAG folder should.
    case tooManyEntries(path: String, limit: Int)
    /// Changes cannot be watched.
    case unwatchable(path: String, code: Int32)
    /// A file cannot be opened or read.
    case unreadableFile(path: String, code: Int32)
    /// What has the name of a DAG file is a device, a pipe, or a link that leads out of the folder.
    case notARegularFile(path: String)
    /// A file is larger than any DAG file may be.
    case tooLarge(path: String, bytes: Int, limit: Int)
}

extension FolderError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let path, let code):
            return "the DAG folder '\(path.shortened)' cannot be read: \(SystemError.text(code)). "
                + "Check that it is there and that Rota's user may read it"
        case .suddenlyEmpty(let path, let before):
            return "the DAG folder '\(path.shortened)' is suddenly empty; it had \(before) files. "
                + "Is a disk not mounted? Nothing was retired"
        case .tooManyEntries(let path, let limit):
            return "the DAG folder '\(path.shortened)' has more than \(limit) entries. Is it the right folder?"
        case .unwatchable(let path, let code):
            let hint = code == ENOSPC ? ". Raise fs.inotify.max_user_watches" : ""
            return "changes in '\(path.shortened)' cannot be watched: \(SystemError.text(code))\(hint)"
        case .unreadableFile(let path, let code):
            return "'\(path.shortened)' cannot be read: \(SystemError.text(code))"
        case .notARegularFile(let path):
            return "'\(path.shortened)' is not a regular file in the DAG folder"
        case .tooLarge(let path, let bytes, let limit):
            return "'\(path.shortened)' has \(bytes) bytes; at most \(limit) are allowed"
        }
    }
}

/// Words of the system for its error codes.
enum SystemError {
    static func text(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let size = buffer.count
        let failure = unsafe strerror_r(code, &buffer, size)
        guard failure == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
