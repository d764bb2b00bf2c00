package import Hummingbird

/// Why a request is refused, as its sender should read it; pages and the API show the same sentence.
package enum RequestError: Error, Hashable, Sendable {
    /// Something in the request is not as it must be.
    case invalid(String)
    /// No token, link or cookie that counts.
    case unauthorized
    /// The request is understood and not allowed.
    case forbidden(String)
    /// What the address names does not exist.
    case notFound(String, nearest: Link?)
    /// What the address names was removed because it was old.
    case expired(String, nearest: Link?)
    /// The world is not as the sender believed.
    case conflict(String)
    /// The `Host` is none of ours.
    case foreignHost(String)
    /// The body is larger than anything we read.
    case tooLarge(limit: Int)
    /// Something that we need cannot be reached; trying again later may help.
    case unavailable(String)
    /// A fault of our own; the log has it under the mark.
    case failed(mark: String, isReading: Bool)

    /// The HTTP status that says so.
    package var status: HTTPResponse.Status {
        switch self {
        case .invalid: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .expired: .gone
        case .conflict: .conflict
        case .foreignHost: .misdirectedRequest
        case .tooLarge: .contentTooLarge
        case .unavailable: .serviceUnavailable
        case .failed: .internalServerError
        }
    }

    /// The word for programs: `error.kind` in JSON.
    package var kind: String {
        switch self {
        case .invalid: "invalid"
        case .unauthorized: "unauthorized"
        case .forbidden: "forbidden"
        case .notFound: "not_found"
        case .expired: "expired"
        case .conflict: "conflict"
        case .foreignHost: "foreign_host"
        case .tooLarge: "too_large"
        case .unavailable: "unavailable"
        case .failed: "failed"
        }
    }
}

extension RequestError: CustomStringConvertible {
    /// What to do where nobody knows whether a form's wish was done.
    static let lookFirst = "look before you repeat it. A form that is sent twice acts once."

    package var description: String {
        switch self {
        case .invalid(let sentence), .forbidden(let sentence), .conflict(let sentence), .unavailable(let sentence),
            .notFound(let sentence, _), .expired(let sentence, _):
            sentence
        case .unauthorized:
            "Sign in first: run `rota login` on the server's host and open the link it prints, "
                + "or send a token as `Authorization: Bearer`."
        case .foreignHost(let host):
            "This server does not answer to the name '\(host)'. Use the address it was started with, "
                + "or start `rota serve` with `--host-name` and that name."
        case .tooLarge(let limit):
            "The request is larger than \(limit) bytes."
        case .failed(let mark, let isReading):
            "The server could not do this, by a fault of its own: your DAGs are not to blame, and what runs goes on. "
                + (isReading
                    ? "Try it once more."
                    : "Whether it was done is not known: \(Self.lookFirst)")
                + " If it fails again, whoever runs the server finds the reason in its log at `\(mark)`."
        }
    }
}

/// Where to go next, in words.
package struct Link: Hashable, Sendable {
    package var path: String
    package var text: String

    /// Pairs an address on this server with its words.
    package init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}
