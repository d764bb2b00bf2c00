import Core

/// Why a command that asks the server cannot do its work.
enum ClientFailure: CommandFailure, Hashable {
    /// Two ways to the server were given at once.
    case twoAddresses
    /// The address of the server is none.
    case badURL(String)
    /// The token would travel where others can read it.
    case tokenInTheClear(host: String)
    /// The file with the token cannot be read, or holds none.
    case tokenFile(path: String, reason: String)
    /// The server does not know the token.
    case tokenRefused(place: String)
    /// Nothing listens there, or the way there is broken.
    case unreachable(place: String, reason: String)
    /// The answer did not come in time.
    case timedOut(place: String)
    /// The server said no, in its own words.
    case answered(status: Int, kind: String, message: String, place: String)
    /// The answer is not what this program expects: another version, or another program.
    case strangeAnswer(place: String, what: String)

    var status: ExitStatus {
        switch self {
        case .twoAddresses, .badURL, .tokenFile: .misuse
        case .tokenInTheClear, .tokenRefused: .refused
        case .unreachable, .timedOut: .unreachable
        case .strangeAnswer: .bug
        case .answered(let status, _, _, _):
            switch status {
            case 400, 413: .misuse
            case 404, 410: .notFound
            case 401, 403, 409, 421: .refused
            case 502, 503, 504: .unreachable
            default: .bug
            }
        }
    }

    /// Whether what was named does not exist.
    var isNotFound: Bool { status == .notFound }
}

extension ClientFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .twoAddresses:
            "--data and --url name two servers; give one of them."
        case .badURL(let text):
            "'\(text.shortened)' is not the address of a server. Write it as http://127.0.0.1:8080 or https://HOST."
        case .tokenInTheClear(let host):
            "A token is not sent to \(host) over plain http, where others could read it. Use https, or reach the "
                + "server through ssh -L 8080:127.0.0.1:8080 \(host)."
        case .tokenFile(let path, let reason):
            "The token cannot be read from \(path): \(reason)."
        case .tokenRefused(let place):
            "The server at \(place) does not accept this token. It may be revoked; `rota token list` on its host tells."
        case .unreachable(let place, let reason):
            "No server answers at \(place): \(reason). Start one with `rota standalone`, or name one with --data or "
                + "--url."
        case .timedOut(let place):
            "The server at \(place) did not answer in time. Try again, or look at its log."
        case .answered(401, _, _, let place):
            "The server at \(place) wants a token. Make one on its host with `rota token create NAME`, then set "
                + "ROTA_TOKEN or use --token-file."
        case .answered(_, _, let message, _):
            message
        case .strangeAnswer(let place, let what):
            "What answers at \(place) is not a Rota server of this version: \(what)."
        }
    }
}
