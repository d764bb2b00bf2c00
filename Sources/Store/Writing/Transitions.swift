package import Core
package import Postgres

/// One change of state, as the history keeps it.
package struct Transition: Sendable {
    package var run: Int
    package var instance: Int?
    package var attempt: AttemptID?
    package var old: String?
    package var new: String
    package var actor: String
    package var reason: String?

    /// A run's change.
    package init(run: Int, old: RunState?, new: RunState, actor: String, reason: String? = nil) {
        self.run = run
        self.old = old?.rawValue
        self.new = new.rawValue
        self.actor = actor
        self.reason = reason
    }

    /// A task instance's change.
    package init(run: Int, instance: Int, old: TaskState?, new: TaskState, actor: String, reason: String? = nil) {
        self.run = run
        self.instance = instance
        self.old = old?.rawValue
        self.new = new.rawValue
        self.actor = actor
        self.reason = reason
    }

    /// An attempt's change.
    package init(
        run: Int,
        instance: Int,
        attempt: AttemptID,
        old: AttemptState?,
        new: AttemptState,
        actor: String,
        reason: String? = nil
    ) {
        self.run = run
        self.instance = instance
        self.attempt = attempt
        self.old = old?.rawValue
        self.new = new.rawValue
        self.actor = actor
        self.reason = reason
    }
}

extension Connection {
    /// Adds to the history; in one statement, however many there are.
    package func record(_ transitions: [Transition]) throws {
        guard !transitions.isEmpty else { return }
        try send(
            Statement(
                name: "record_transitions",
                sql: """
                    INSERT INTO transition (run_id, task_instance_id, attempt_id, old_state, new_state, actor, reason)
                    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                        $7::text[])
                    """
            ),
            [
                transitions.map(\.run), transitions.map(\.instance), transitions.map(\.attempt),
                transitions.map(\.old), transitions.map(\.new), transitions.map(\.actor), transitions.map(\.reason),
            ]
        )
    }
}
