import AsyncHTTPClient
import AttemptProtocol
import NIOCore
import NIOPosix
import NIOSSL

/// What keeps an HTTP request from its answer.
package enum RequestFailure {
    /// A sentence for what went wrong on the way.
    package static func sentence(for error: any Error) -> String {
        switch error {
        case is CancellationError: return "it was ended before the answer was complete"
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout: return "no connection within 10 seconds"
            case .remoteConnectionClosed: return "the connection broke before the answer was complete"
            case .cancelled: return "it was ended before the answer was complete"
            case .redirectLimitReached: return "the answer sends on more than 5 times"
            case .redirectCycleDetected: return "the answer sends in a circle"
            case .invalidURL, .emptyHost, .emptyScheme: return "the URL cannot be used"
            default: return "the request failed: \(error)"
            }
        case let error as NIOConnectionError:
            if error.dnsAError != nil && error.dnsAAAAError != nil { return "the name \(error.host) is not known" }
            let first = error.connectionErrors.first.map { failure in
                (failure.error as? IOError).map { SystemFailure.words($0.errnoCode) } ?? "\(failure.error)"
            }
            return "no connection to \(error.host):\(error.port): \(first ?? "it was not answered")"
        case let error as IOError:
            return "no connection, or it broke: \(SystemFailure.words(error.errnoCode))"
        case let error as NIOSSLError: return "TLS failed: \(error)"
        default: return "the request failed: \(error)"
        }
    }
}
