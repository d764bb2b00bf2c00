import Glibc
import NIOCore
import NIOPosix

/// Says in words why a connection could not be made.
enum ConnectionReason {
    /// The words for an error of the network or of the system.
    static func words(for error: any Error) -> String {
        if let error = error as? NIOConnectionError, let first = error.connectionErrors.first {
            return words(for: first.error)
        }
        guard let code = (error as? IOError)?.errnoCode else { return "\(error)" }
        switch code {
        case ENOENT: return "there is no such socket"
        case ECONNREFUSED: return "nothing listens there"
        case EACCES: return "this user may not use it"
        default:
            guard let text = unsafe strerror(code) else { return "error \(code)" }
            return unsafe String(cString: text)
        }
    }
}
