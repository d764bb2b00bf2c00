import Postgres

/// A browser that has signed in.
package struct BrowserSession: Hashable, Sendable {
    /// The text that its forms carry and that no other site can know.
    package var formKey: String
}

extension Store {
    /// Makes a link's secret that signs one browser in, once, within 15 minutes.
    package func createLoginLink() async throws -> String {
        let secret = Secret()
        _ = try await pool.execute(Self.createLinkStatement, [Array(secret.text.utf8)])
        return secret.text
    }

    /// Uses a link up and signs a browser in.
    ///
    /// - Returns: The secret for its cookie, good for 30 days; nil for a link that was used, is too old or never was.
    package func redeemLoginLink(_ link: String) async throws -> String? {
        let secret = Secret()
        let parameters = [Array(link.utf8), Array(secret.text.utf8)]
        return try await pool.execute(Self.redeemLinkStatement, parameters).affected > 0 ? secret.text : nil
    }

    /// Signs a browser in by a living token; nil for any other text.
    package func startSession(token: String) async throws -> String? {
        let secret = Secret()
        let parameters = [Array(token.utf8), Array(secret.text.utf8)]
        return try await pool.execute(Self.startSessionStatement, parameters).affected > 0 ? secret.text : nil
    }

    /// The session of a cookie's secret; nil when there is none or it is over.
    package func session(of secret: String) async throws -> BrowserSession? {
        try await pool.execute(Self.sessionStatement, [Array(secret.utf8)]).first.map { row in
            BrowserSession(formKey: try row.decode(0))
        }
    }

    /// Signs a browser out.
    package func endSession(of secret: String) async throws {
        _ = try await pool.execute(Self.endSessionStatement, [Array(secret.utf8)])
    }

    static let createLinkStatement = Statement(
        name: "login_link_create",
        sql: """
            WITH old AS (DELETE FROM login_link WHERE expires_at < now() - interval '1 day')
            INSERT INTO login_link (hash, expires_at) VALUES (sha256($1), now() + interval '15 minutes')
            """
    )

    static let redeemLinkStatement = Statement(
        name: "login_link_redeem",
        sql: """
            WITH link AS (
                UPDATE login_link SET used_at = now()
                WHERE hash = sha256($1) AND used_at IS NULL AND expires_at > now()
                RETURNING hash
            ), old AS (
                DELETE FROM session WHERE expires_at < now()
            )
            INSERT INTO session (hash, expires_at) SELECT sha256($2), now() + interval '30 days' FROM link
            """
    )

    static let startSessionStatement = Statement(
        name: "session_start",
        sql: """
            WITH found AS (
                UPDATE token SET last_used_at = now() WHERE hash = sha256($1) AND revoked_at IS NULL RETURNING id
            )
            INSERT INTO session (hash, expires_at) SELECT sha256($2), now() + interval '30 days' FROM found
            """
    )

    /// The form's key is derived from the secret, not from the stored hash: who reads the table cannot forge forms.
    static let sessionStatement = Statement(
        name: "session",
        sql: """
            SELECT encode(sha256('form'::bytea || $1), 'hex') FROM session
            WHERE hash = sha256($1) AND expires_at > now()
            """
    )

    static let endSessionStatement = Statement(
        name: "session_end",
        sql: "DELETE FROM session WHERE hash = sha256($1)"
    )
}
