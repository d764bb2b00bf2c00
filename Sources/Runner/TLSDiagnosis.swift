import Core
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Finds the sentence for a TLS connection that did not come about.
///
/// The library says little more than that verification failed. So the other side's certificate is looked at once more,
/// on a connection that is never used for anything.
enum TLSDiagnosis {
    /// Why a client's connection to a host failed; nil where it was not TLS.
    static func reason(_ error: any Error, host: String, port: Int, tls: TLSConfiguration?) async -> String? {
        let text = "\(error)"
        if error is NIOSSLExtraError || text.contains("failedToValidateHostname") {
            let names = await certificate(of: host, port: port, tls: tls).map { " It is for \(Self.names($0))." } ?? ""
            return "its certificate is not for the name '\(host)'.\(names) Use the name that it has, or verify: ca"
        }
        if let alert = alert(in: text) { return alert }
        guard text.contains("CERTIFICATE_VERIFY_FAILED") else {
            if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
                return "it does not speak TLS at that port; is the address to begin with http://?"
            }
            return text.contains("NIOSSL") || text.contains("BoringSSL") ? "TLS failed: \(text)" : nil
        }
        guard let found = await certificate(of: host, port: port, tls: tls) else {
            return "its certificate is not trusted"
        }
        let now = time(nil)
        if found.notValidAfter < now { return "its certificate has expired on \(day(found.notValidAfter))" }
        if found.notValidBefore > now { return "its certificate counts only from \(day(found.notValidBefore)) on" }
        return "its certificate was signed by a CA that is not trusted here; name that CA's certificate as 'ca'"
    }

    /// What the other side says of our own certificate.
    private static func alert(in text: String) -> String? {
        if text.contains("CERTIFICATE_REQUIRED") || text.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") {
            return "it demands a certificate of ours, and none is named"
        }
        if text.contains("ALERT_UNKNOWN_CA") || text.contains("ALERT_UNKNOWN_CERTIFICATE_AUTHORITY") {
            return "it does not trust the CA that signed our certificate"
        }
        if text.contains("ALERT_CERTIFICATE_EXPIRED") { return "it says that our certificate has expired" }
        if text.contains("ALERT_BAD_CERTIFICATE") || text.contains("ALERT_CERTIFICATE_UNKNOWN")
            || text.contains("ALERT_HANDSHAKE_FAILURE")
        {
            return "it refused our certificate"
        }
        return nil
    }

    /// The names that a certificate is for.
    private static func names(_ certificate: NIOSSLCertificate) -> String {
        let text = "\(certificate)"
        // Alternative names are what counts; its description has them, and the subject's.
        for mark in ["alternative_names=", "common_name="] {
            guard let start = text.firstRange(of: mark)?.upperBound else { continue }
            return String(text[start...].prefix { $0 != ";" && $0 != ">" }.prefix(200))
        }
        return "no name"
    }

    /// The day of an instant, in UTC.
    static func day(_ instant: time_t) -> String {
        String(Timestamp(microseconds: Int64(instant) * 1_000_000).rfc3339.prefix(10))
    }

    private static func certificate(of host: String, port: Int, tls: TLSConfiguration?) async -> NIOSSLCertificate? {
        var configuration = tls ?? TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        let look = TLSGlimpse()
        do {
            let context = try NIOSSLContext(configuration: configuration)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(5))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = try NIOSSLClientHandler(
                            context: context,
                            serverHostname: nil,
                            customVerificationCallback: { certificates, promise in
                                look.note(certificates.first)
                                promise.succeed(.failed)
                            }
                        )
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .connect(host: host, port: port).get()
            try await channel.closeFuture.get()
        } catch {
            // It ends by an error: what is shown is refused.
        }
        return look.certificate
    }
}

/// The certificate that was shown on a connection.
private final class TLSGlimpse: Sendable {
    private let seen = Mutex<NIOSSLCertificate?>(nil)

    func note(_ certificate: NIOSSLCertificate?) {
        seen.withLock { $0 = certificate }
    }

    var certificate: NIOSSLCertificate? { seen.withLock { $0 } }
}
