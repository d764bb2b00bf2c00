import AttemptProtocol
import Glibc
import NIOSSL

/// The files by which one end of a connection shows who it is and judges the other.
package struct TLSFiles: Hashable, Sendable {
    /// PEM certificates, one's own first; nil: none is shown.
    package var certificate: String?
    /// The certificate's PEM key.
    package var key: String?
    /// PEM certificates of those whose word counts; nil: a client trusts the system's, a server asks for none.
    package var authority: String?
    /// Whether a client compares the host's name with the certificate's.
    package var verifiesName = true

    /// Names the files.
    package init(
        certificate: String? = nil,
        key: String? = nil,
        authority: String? = nil,
        verifiesName: Bool = true
    ) {
        self.certificate = certificate
        self.key = key
        self.authority = authority
        self.verifiesName = verifiesName
    }

    /// The configuration of a server's end; nil where there is no certificate.
    func server() throws(TLSFilesError) -> TLSConfiguration? {
        guard certificate != nil || key != nil else {
            guard authority == nil else { throw .noCertificate }
            return nil
        }
        let (chain, privateKey) = try identity()
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: privateKey)
        if let authority {
            configuration.trustRoots = .certificates(try Self.certificates(authority))
            // Without a name to compare: what counts is who signed it.
            configuration.certificateVerification = .noHostnameVerification
        }
        return configuration
    }

    /// The configuration of a client's end.
    func client() throws(TLSFilesError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authority { configuration.trustRoots = .certificates(try Self.certificates(authority)) }
        if !verifiesName { configuration.certificateVerification = .noHostnameVerification }
        if certificate != nil || key != nil {
            let (chain, privateKey) = try identity()
            configuration.certificateChain = chain
            configuration.privateKey = privateKey
        }
        return configuration
    }

    private func identity() throws(TLSFilesError) -> ([NIOSSLCertificateSource], NIOSSLPrivateKeySource) {
        guard let certificate, let key else { throw .half }
        let chain = try Self.certificates(certificate)
        if let first = chain.first, first.notValidAfter < time(nil) {
            throw .expired(certificate, since: TLSDiagnosis.day(first.notValidAfter))
        }
        do {
            let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
            return (chain.map { .certificate($0) }, .privateKey(privateKey))
        } catch {
            throw .unusable(key, reason: Self.words(key, "no PEM key can be read from it"))
        }
    }

    private static func certificates(_ path: String) throws(TLSFilesError) -> [NIOSSLCertificate] {
        do {
            let found = try NIOSSLCertificate.fromPEMFile(path)
            if !found.isEmpty { return found }
        } catch {
            throw .unusable(path, reason: words(path, "no PEM certificate can be read from it"))
        }
        throw .unusable(path, reason: "no PEM certificate can be read from it")
    }

    /// The system's reason where a file cannot be opened at all.
    private static func words(_ path: String, _ otherwise: String) -> String {
        do throws(SystemFailure) {
            _ = try Descriptor(path: path, flags: O_RDONLY)
            return otherwise
        } catch {
            return SystemFailure.words(error.code)
        }
    }
}

/// Why files cannot serve for TLS.
package enum TLSFilesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A certificate without its key, or the other way about.
    case half
    /// Clients are to be judged by an end that shows no certificate itself.
    case noCertificate
    case expired(String, since: String)
    case unusable(String, reason: String)

    package var description: String {
        switch self {
        case .half: "certificate and key go together; one of them is missing"
        case .noCertificate: "a CA for the other side's certificates needs a certificate and a key of one's own"
        case .expired(let path, let since): "the certificate in \(path) has expired on \(since). Put a new one there."
        case .unusable(let path, let reason): "\(path) cannot be used for TLS: \(reason)"
        }
    }
}
