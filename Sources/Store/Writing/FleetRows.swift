import Core
package import Postgres

/// What a person or a host did with a runner: a line of its history.
package struct RunnerDeed: Hashable, Sendable {
    /// The word.
    package enum Verb: String, Hashable, Sendable, CaseIterable {
        /// The host joined with a token, or once more.
        case join
        /// It takes nothing new.
        case drain
        /// It takes what fits again.
        case resume
        /// It is forgotten.
        case remove
        /// What tasks left behind on it is killed.
        case reap
    }

    package var verb: Verb
    package var runner: String
    /// How many attempts were on it then.
    package var attempts: Int
    package var actor: String
    package var reason: String?

    /// Joins the facts.
    package init(_ verb: Verb, runner: String, attempts: Int = 0, actor: String, reason: String?) {
        self.verb = verb
        self.runner = runner
        self.attempts = attempts
        self.actor = actor
        self.reason = reason
    }
}

extension RunnerDeed.Verb: StoredWord {}

/// What a word about a runner is decided by.
package struct RunnerFacts: Hashable, Sendable {
    package var isDrained: Bool
    /// Whether it joined by itself.
    package var isJoined: Bool
    /// Whether a server acts for it.
    package var isActedFor: Bool
    /// How many attempts on it have not ended.
    package var attempts: Int
}

extension Connection {
    /// Waits for the claims under way for a runner, and keeps new ones back until the commit.
    package func lockClaims(ofRunner runner: String) throws {
        _ = try execute(
            Statement(
                name: "lock_claims_of_runner",
                sql: "SELECT 1 FROM lease WHERE name = 'runner:' || $1 FOR UPDATE"
            ),
            [runner]
        )
    }

    /// What is known of a runner; nil: there is none of that name.
    package func runnerFacts(_ runner: String) throws -> RunnerFacts? {
        try execute(
            Statement(
                name: "runner_facts",
                sql: """
                    SELECT r.drained_at IS NOT NULL, EXISTS (SELECT FROM joined_runner j WHERE j.name = r.name),
                        EXISTS (SELECT FROM lease h WHERE h.name = 'runner:' || r.name
                            AND h.expires_at > clock_timestamp()),
                        (SELECT count(*) FROM attempt a WHERE a.runner = r.name AND a.ended_at IS NULL)
                    FROM runner r WHERE r.name = $1
                    """
            ),
            [runner]
        ).first.map {
            RunnerFacts(
                isDrained: try $0.decode(0),
                isJoined: try $0.decode(1),
                isActedFor: try $0.decode(2),
                attempts: try $0.decode(3)
            )
        }
    }

    /// Lets a runner take nothing new.
    package func drain(runner: String, actor: String, reason: String?) throws {
        _ = try execute(
            Statement(
                name: "drain_runner",
                sql: """
                    UPDATE runner SET drained_at = clock_timestamp(), drained_by = $2, drain_reason = $3
                    WHERE name = $1 AND drained_at IS NULL
                    """
            ),
            [runner, actor, reason]
        )
    }

    /// Lets a runner take what fits again.
    package func resume(runner: String) throws {
        _ = try execute(
            Statement(
                name: "resume_runner",
                sql: "UPDATE runner SET drained_at = NULL, drained_by = NULL, drain_reason = NULL WHERE name = $1"
            ),
            [runner]
        )
    }

    /// Forgets a runner, its credential, and whoever acts for it.
    package func remove(runner: String) throws {
        _ = try execute(
            Statement(name: "remove_runner", sql: "DELETE FROM runner WHERE name = $1"),
            [runner]
        )
        _ = try execute(
            Statement(
                name: "end_runner_lease",
                sql: """
                    UPDATE lease SET holder = ':', fence = fence + 1, expires_at = clock_timestamp()
                    WHERE name = 'runner:' || $1
                    """
            ),
            [runner]
        )
    }

    /// Adds a line to a runner's history.
    package func record(_ deed: RunnerDeed) throws {
        _ = try execute(
            Statement(
                name: "record_runner_deed",
                sql: """
                    INSERT INTO runner_deed (runner, verb, attempts, actor, reason) VALUES ($1, $2, $3, $4, $5)
                    """
            ),
            [deed.runner, deed.verb, deed.attempts, deed.actor, deed.reason]
        )
    }
}
