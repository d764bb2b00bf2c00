/// Why a runner daemon cannot serve.
package enum RunnerDaemonError: Error, Hashable, Sendable {
    /// The token's file cannot be read.
    case tokenFile(path: String, reason: String)
    /// The token is too short to be a secret.
    case weakToken(path: String)
    /// An address that others can reach would carry the token in the clear.
    case plainText(address: String)
    /// Certificate and key do not work.
    case certificate(reason: String)
    /// One of certificate and key was given without the other.
    case halfCertificate
    /// The address cannot be listened on.
    case address(String, reason: String)
    /// A server's address, or the files for TLS, cannot be used.
    case server(String)
    /// No server is named.
    case noServer
    /// The host's credential cannot be read or written.
    case credential(path: String, reason: String)
    /// The state directory is a copy of another, which the sentence says.
    case copied(String)
    /// The host has no credential, and no token by which it could get one.
    case notJoined
    /// The host has joined under another name.
    case otherName(String, wanted: String)
    /// The servers did not take it as a runner.
    case joinRefused(String)
}

extension RunnerDaemonError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tokenFile(let path, let reason):
            "the token file \(path) cannot be used: \(reason). Write a long random word into it."
        case .weakToken(let path):
            "the token in \(path) is shorter than 16 characters. Write a long random word into it."
        case .plainText(let address):
            "\(address) can be reached from elsewhere, where the token would travel in the clear. "
                + "Give a certificate and its key (--tls-cert and --tls-key; in rota.yaml 'certificate' and 'key'), or listen on "
                + "127.0.0.1."
        case .certificate(let reason): "the certificate or its key cannot be used: \(reason)"
        case .halfCertificate: "--tls-cert and --tls-key go together; one of them is missing"
        case .address(let address, let reason): "cannot listen on \(address): \(reason)"
        case .server(let reason): reason
        case .noServer: "no server is named. Give --server with its address for runners."
        case .credential(let path, let reason): "the host's credential in \(path) cannot be used: \(reason)"
        case .copied(let sentence): sentence + "."
        case .notJoined:
            "this host has not joined yet. Make a token with `rota runners token create NAME` where a server is, and give it "
                + "as --join."
        case .otherName(let name, let wanted):
            "this host has joined as '\(name)', not as '\(wanted)'. Leave --name out, or join anew under that name with --join."
        case .joinRefused(let reason): reason
        }
    }
}
