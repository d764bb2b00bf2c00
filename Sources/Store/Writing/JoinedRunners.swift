import Core
package import Postgres

/// A host that asks to become a runner.
package struct RunnerCandidate: Hashable, Sendable {
    package var name: String
    package var labels: [String]
    package var slots: Int
    /// Identity of its state directory.
    package var directoryID: String
    /// What it is going to show when it dials.
    package var credential: String

    /// Joins the facts.
    package init(name: String, labels: [String], slots: Int, directoryID: String, credential: String) {
        self.name = name
        self.labels = labels
        self.slots = slots
        self.directoryID = directoryID
        self.credential = credential
    }
}

/// What became of a host that asked to join.
package enum JoinOutcome: Hashable, Sendable {
    case joined
    /// No such token, or it was revoked.
    case unknownToken
    case expiredToken
    case usedUpToken
    /// A runner that did not join by itself has the name.
    case nameTaken
    /// Another state directory joined under the name.
    case otherHost
    /// The state directory joined under another name.
    case otherName(String)
}

extension Connection {
    /// Makes a runner of a host that has a token, or gives one that joined before another credential.
    ///
    /// Asked twice with the same credential it says so again and uses up nothing: the first answer may have been lost.
    package func join(_ candidate: RunnerCandidate, token: String) throws -> JoinOutcome {
        let name = candidate.name
        let secret = Array(candidate.credential.utf8)
        // One at a time: two hosts that want one name must not both find it free.
        _ = try execute(
            Statement(
                name: "lock_joins",
                sql: "SELECT pg_advisory_xact_lock(hashtextextended('rota join', 0)) IS NULL"
            ),
            []
        )
        let tokens = try execute(
            Statement(
                name: "lock_join_token",
                sql: """
                    SELECT id, name, expires_at <= clock_timestamp(), coalesce(uses >= most_uses, false)
                    FROM join_token WHERE hash = sha256($1) AND revoked_at IS NULL FOR UPDATE
                    """
            ),
            [Array(token.utf8)]
        )
        guard let found = tokens.first else { return .unknownToken }
        let tokenID: Int = try found.decode(0)
        let tokenName: String = try found.decode(1)
        let known = try execute(
            Statement(
                name: "known_joined_runner",
                sql: """
                    SELECT j.name IS NOT NULL, coalesce(j.directory_id = $2, false),
                        coalesce(j.credential = sha256($3), false)
                    FROM runner r LEFT JOIN joined_runner j ON j.name = r.name WHERE r.name = $1 FOR UPDATE OF r
                    """
            ),
            [name, candidate.directoryID, secret]
        ).first
        if let known {
            guard try known.decode(0) else { return .nameTaken }
            guard try known.decode(1) else { return .otherHost }
            if try known.decode(2) { return .joined }
        }
        let others = try execute(
            Statement(
                name: "other_name_of_joined_directory",
                sql: "SELECT name FROM joined_runner WHERE directory_id = $1 AND name <> $2 LIMIT 1"
            ),
            [candidate.directoryID, name]
        )
        if let other = others.first { return .otherName(try other.decode(0)) }
        if try found.decode(2) { return .expiredToken }
        if try found.decode(3) { return .usedUpToken }
        try write(candidate, tokenID: tokenID)
        try record(RunnerDeed(.join, runner: name, actor: "join token \(tokenName)", reason: nil))
        return .joined
    }

    private func write(_ candidate: RunnerCandidate, tokenID: Int) throws {
        try register(
            RunnerRegistration(
                name: candidate.name,
                kind: "http",
                address: nil,
                labels: candidate.labels,
                slots: candidate.slots
            )
        )
        _ = try execute(
            Statement(
                name: "write_joined_runner",
                sql: """
                    INSERT INTO joined_runner (name, directory_id, credential, token_id) VALUES ($1, $2, sha256($3), $4)
                    ON CONFLICT (name) DO UPDATE SET credential = excluded.credential, token_id = excluded.token_id,
                        joined_at = clock_timestamp()
                    """
            ),
            [candidate.name, candidate.directoryID, Array(candidate.credential.utf8), tokenID]
        )
        _ = try execute(
            Statement(
                name: "count_use_of_join_token",
                sql: "UPDATE join_token SET uses = uses + 1 WHERE id = $1"
            ),
            [tokenID]
        )
    }

    /// Brings what is known of a runner that joined up to date; false: it has been removed.
    package func update(joined runner: RunnerRegistration) throws -> Bool {
        try execute(
            Statement(
                name: "update_joined_runner",
                sql: """
                    UPDATE runner r SET labels = $2::text[], slots = $3, reserved_slots = $4, reserved_priority = $5,
                        most_load = $6, least_memory_free = $7, most_measure = $8, limit_margin = $9
                    FROM joined_runner j WHERE r.name = $1 AND j.name = r.name
                    """
            ),
            [
                runner.name, runner.labels, Int32(clamping: runner.slots),
                runner.reserved.map { Int32(clamping: $0.slots) },
                runner.reserved.map { Int32(clamping: $0.priority) }, runner.busy.load, runner.busy.memoryFree,
                runner.busy.measure, runner.busy.margin,
            ]
        ).affected == 1
    }
}

extension Store {
    /// The state directory of the runner that has a name and shows a credential; nil: nobody has both.
    package func joinedDirectory(runner: String, credential: String) async throws -> String? {
        try await pool.execute(Self.joinedDirectoryStatement, [runner, Array(credential.utf8)]).first
            .map { try $0.decode(0) }
    }

    static let joinedDirectoryStatement = Statement(
        name: "joined_directory",
        sql: "SELECT directory_id FROM joined_runner WHERE name = $1 AND credential = sha256($2)"
    )
}
