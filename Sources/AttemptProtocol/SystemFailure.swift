import Glibc

/// A call to the system that failed: what was attempted, on what, and the system's error number.
package struct SystemFailure: Error, Hashable, Sendable {
    /// What was attempted, as a verb: "open", "write to".
    package var action: String
    /// The file, folder or program it was attempted on.
    package var object: String
    /// The error number as `errno` has it.
    package var code: Int32

    /// Takes the three facts; without a number, that of the call just made.
    package init(_ action: String, _ object: String, code: Int32? = nil) {
        let code = code ?? errno
        self.action = action
        self.object = object
        self.code = code
    }

    /// Whether the disk, or what the user may have of it, is full.
    package var isLackOfSpace: Bool { code == ENOSPC || code == EDQUOT }

    /// The system's words for an error number.
    package static func words(_ code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}

extension SystemFailure: CustomStringConvertible {
    package var description: String { "cannot \(action) \(object): \(SystemFailure.words(code))" }
}
