import Glibc

/// Why a child process could not be started.
package enum SpawnError: Error, Hashable, Sendable {
    /// A system call failed with this error number.
    case failed(call: String, number: Int32)
}

extension SpawnError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .failed(let call, let number): "\(call) failed: \(unsafe String(cString: strerror(number)))"
        }
    }
}
