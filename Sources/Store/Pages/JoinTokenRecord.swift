package import Core
import Postgres

/// A token by which hosts join, as the database has it: everything but the token.
package struct JoinTokenRecord: Hashable, Sendable {
    package var name: String
    package var createdAt: Timestamp
    package var createdBy: String
    package var expiresAt: Timestamp
    /// How often it was used, and how often it may be; nil: as often as one likes.
    package var uses: Int
    package var mostUses: Int?
    /// When it stopped counting by somebody's word.
    package var revokedAt: Timestamp?
}

extension Store {
    /// Makes a token by which hosts join.
    ///
    /// - Returns: The token, which is kept nowhere; nil when one of that name counts still.
    package func createJoinToken(name: String, span: Duration, mostUses: Int, actor: String) async throws -> String? {
        let secret = Secret(prefix: "rota_join_")
        let rows = try await pool.execute(
            Self.createJoinTokenStatement,
            [name, Array(secret.text.utf8), span / .seconds(1), mostUses, actor]
        )
        return rows.isEmpty ? nil : secret.text
    }

    /// Lists the tokens by which hosts join, by name, then by age.
    package func joinTokens() async throws -> [JoinTokenRecord] {
        try await pool.execute(Self.joinTokensStatement, []).map { row in
            JoinTokenRecord(
                name: try row.decode(0),
                createdAt: try row.decode(1),
                createdBy: try row.decode(2),
                expiresAt: try row.decode(3),
                uses: try row.decode(4),
                mostUses: try row.decode(5),
                revokedAt: try row.decode(6)
            )
        }
    }

    /// Ends the join token of that name; false where none counts.
    package func revokeJoinToken(name: String) async throws -> Bool {
        try await pool.execute(Self.revokeJoinTokenStatement, [name]).affected > 0
    }

    static let createJoinTokenStatement = Statement(
        name: "create_join_token",
        sql: """
            INSERT INTO join_token (name, hash, expires_at, most_uses, created_by)
            VALUES ($1, sha256($2), clock_timestamp() + $3 * interval '1 second', $4, $5)
            ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING RETURNING id
            """
    )

    static let joinTokensStatement = Statement(
        name: "join_tokens",
        sql: """
            SELECT name, created_at, created_by, expires_at, uses, most_uses, revoked_at FROM join_token
            ORDER BY name, id LIMIT 10000
            """
    )

    static let revokeJoinTokenStatement = Statement(
        name: "revoke_join_token",
        sql: "UPDATE join_token SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL"
    )
}
