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
                + "Give --tls-cert and --tls-key, or listen on 127.0.0.1."
        case .certificate(let reason): "the certificate or its key cannot be used: \(reason)"
        case .halfCertificate: "--tls-cert and --tls-key go together; one of them is missing"
        case .address(let address, let reason): "cannot listen on \(address): \(reason)"
        }
    }
}
