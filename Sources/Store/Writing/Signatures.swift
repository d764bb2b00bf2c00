package import Core
package import Postgres

extension Connection {
    /// Counts failures under their signatures and notes at each attempt which one is its own.
    ///
    /// The rows of signatures are shared by all runs: this comes late in a transaction, so that they are locked
    /// shortly, and always in the order of their hashes.
    package func sign(_ failures: [(attempt: AttemptID, signature: FailureSignature)]) throws {
        guard !failures.isEmpty else { return }
        let signatures = failures.map(\.signature)
        try send(
            Statement(
                name: "sign_failures",
                sql: """
                    WITH failure AS (
                        SELECT sha256(convert_to(u.key, 'UTF8')) AS hash, u.*
                        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::integer[], $6::text[],
                            $7::text[], $8::text[])
                            AS u (id, key, state, exit_code, signal, subject, template, sample)),
                    kept AS (
                        INSERT INTO signature AS s (hash, state, exit_code, signal, subject, template, sample,
                            first_seen, last_seen, failures)
                        SELECT hash, min(state), min(exit_code), min(signal), min(subject), min(template), min(sample),
                            clock_timestamp(), clock_timestamp(), count(*)
                        FROM failure GROUP BY hash ORDER BY hash
                        ON CONFLICT (hash) DO UPDATE SET last_seen = greatest(s.last_seen, excluded.last_seen),
                            failures = s.failures + excluded.failures, sample = excluded.sample
                        RETURNING s.id, s.hash)
                    UPDATE attempt a SET signature_id = kept.id FROM failure JOIN kept ON kept.hash = failure.hash
                    WHERE a.id = failure.id
                    """
            ),
            [
                failures.map(\.attempt), signatures.map(\.key), signatures.map(\.state), signatures.map(\.exitCode),
                signatures.map(\.signal), signatures.map(\.subject), signatures.map(\.template),
                signatures.map(\.sample),
            ]
        )
    }
}
