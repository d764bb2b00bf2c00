package import Core
import Postgres

/// A token as the database has it: everything but the token.
package struct TokenRecord: Hashable, Sendable {
    package var name: String
    package var createdAt: Timestamp
    /// To the minute; nil if it was never used.
    package var lastUsedAt: Timestamp?
    /// When it stopped counting; nil while it counts.
    package var revokedAt: Timestamp?
}

extension Store {
    /// Makes a token that names its bearer in the history.
    ///
    /// - Returns: The token, which is kept nowhere; nil when a living token has the name.
    package func createToken(name: String) async throws -> String? {
        let secret = Secret(prefix: "rota_")
        let rows = try await pool.execute(Self.createTokenStatement, [name, Array(secret.text.utf8)])
        return rows.isEmpty ? nil : secret.text
    }

    /// Lists living tokens and those revoked, by name, then by age.
    package func tokens() async throws -> [TokenRecord] {
        try await pool.execute(Self.tokensStatement, []).map { row in
            TokenRecord(
                name: try row.decode(0),
                createdAt: try row.decode(1),
                lastUsedAt: try row.decode(2),
                revokedAt: try row.decode(3)
            )
        }
    }

    /// Ends the living token of that name; false where there is none.
    package func revokeToken(name: String) async throws -> Bool {
        try await pool.execute(Self.revokeTokenStatement, [name]).affected > 0
    }

    /// The name of a living token; nil for any other text.
    package func tokenName(of token: String) async throws -> String? {
        try await pool.execute(Self.tokenNameStatement, [Array(token.utf8)]).first.map { try $0.decode(0) }
    }

    static let createTokenStatement = Statement(
        name: "token_create",
        sql: """
            INSERT INTO token (name, hash) VALUES ($1, sha256($2))
            ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING
            RETURNING id
            """
    )

    static let tokensStatement = Statement(
        name: "tokens",
        sql: "SELECT name, created_at, last_used_at, revoked_at FROM token ORDER BY name, id LIMIT 10000"
    )

    static let revokeTokenStatement = Statement(
        name: "token_revoke",
        sql: "UPDATE token SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL"
    )

    /// Writes at most once a minute: a token in use must not cost a commit a request.
    static let tokenNameStatement = Statement(
        name: "token_name",
        sql: """
            WITH found AS (
                SELECT id, name, last_used_at FROM token WHERE hash = sha256($1) AND revoked_at IS NULL
            ), noted AS (
                UPDATE token t SET last_used_at = now() FROM found
                WHERE t.id = found.id
                    AND (found.last_used_at IS NULL OR found.last_used_at < now() - interval '1 minute')
            )
            SELECT name FROM found
            """
    )
}
