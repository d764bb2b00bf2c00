import Glibc

/// A certificate authority of a test's own, made with the openssl command.
package struct PrivateCA: Sendable {
    /// Where its files are; the caller's to remove.
    package let folder: String
    private let name: String

    /// The PEM file of its certificate.
    package var certificate: String { "\(folder)/\(name).pem" }

    /// Makes one in a folder.
    package init(named name: String = "ca", in folder: String) async throws {
        self.folder = folder
        self.name = name
        try await openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "30",
            "-subj",
            "/CN=\(name)",
            "-keyout",
            "\(folder)/\(name).key",
            "-out",
            certificate
        )
    }

    /// Signs a certificate for names such as `DNS:localhost,IP:127.0.0.1`; it counts until a day from now.
    ///
    /// - Returns: Its PEM file and that of its key.
    package func issue(
        _ file: String,
        names: String = "DNS:localhost,IP:127.0.0.1",
        days: Int = 1
    ) async throws -> (certificate: String, key: String) {
        let base = "\(folder)/\(file)"
        try await openssl(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
            "/CN=\(file)",
            "-keyout",
            "\(base).key",
            "-out",
            "\(base).csr"
        )
        guard let extensions = unsafe fopen("\(base).ext", "w") else { throw PrivateCAError(what: base) }
        unsafe fputs("subjectAltName=\(names)\n", extensions)
        unsafe fclose(extensions)
        try await openssl(
            "x509",
            "-req",
            "-in",
            "\(base).csr",
            "-CA",
            certificate,
            "-CAkey",
            "\(folder)/\(name).key",
            "-CAcreateserial",
            "-extfile",
            "\(base).ext",
            "-out",
            "\(base).pem",
            "-days",
            "\(days)"
        )
        return ("\(base).pem", "\(base).key")
    }

    /// Signs a certificate that has expired.
    package func issueExpired(_ file: String) async throws -> (certificate: String, key: String) {
        let base = "\(folder)/\(file)"
        let script = """
            set -e
            cd '\(folder)'
            : > \(file).index
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=\(file) -keyout \(file).key \
                -out \(file).csr
            printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\n' > \(file).ext
            openssl ca -batch -config /dev/stdin -in \(file).csr -out \(file).pem -notext -startdate 20200101000000Z \
                -enddate 20200102000000Z -extfile \(file).ext <<END
            [ca]
            default_ca = own
            [own]
            database = \(folder)/\(file).index
            new_certs_dir = \(folder)
            rand_serial = yes
            default_md = sha256
            policy = any
            certificate = \(certificate)
            private_key = \(folder)/\(name).key
            [any]
            commonName = supplied
            END
            """
        let result = try await Program.run("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
        guard result.exitCode == 0 else { throw PrivateCAError(what: "\(result)") }
        return ("\(base).pem", "\(base).key")
    }

    private func openssl(_ arguments: String...) async throws {
        let result = try await Program.run("/usr/bin/openssl", arguments, environment: ["PATH": "/usr/bin:/bin"])
        guard result.exitCode == 0 else { throw PrivateCAError(what: "\(result)") }
    }
}

/// A certificate that could not be made.
struct PrivateCAError: Error, CustomStringConvertible {
    let what: String

    var description: String { "no certificate was made: \(what)" }
}
