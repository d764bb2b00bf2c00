import Core
package import Postgres

/// What a person asked for: a line of the history that says who, when and why.
package struct Deed: Hashable, Sendable {
    /// The word of an operator.
    package enum Verb: String, Hashable, Sendable, CaseIterable {
        case clear
        case mark
        case cancel
        case rerun
        case pause
        case unpause
    }

    package var verb: Verb
    package var dag: Int
    /// Nil: it was about the DAG.
    package var run: Int?
    /// The tasks that were named; nil: the whole run, or the DAG.
    package var subject: String?
    /// How many task instances were meant; nil: it was not about tasks.
    package var tasks: Int?
    /// What else there is to know, by names.
    package var detail: [String: String]
    package var actor: String
    package var reason: String?

    /// Joins the facts.
    package init(
        _ verb: Verb,
        dag: Int,
        run: Int? = nil,
        subject: String? = nil,
        tasks: Int? = nil,
        detail: [String: String] = [:],
        actor: String,
        reason: String?
    ) {
        self.verb = verb
        self.dag = dag
        self.run = run
        self.subject = subject
        self.tasks = tasks
        self.detail = detail
        self.actor = actor
        self.reason = reason
    }
}

extension Deed.Verb: StoredWord {}

extension Connection {
    /// Adds what people asked for to the history.
    package func record(_ deeds: [Deed]) throws {
        guard !deeds.isEmpty else { return }
        _ = try execute(
            Statement(
                name: "record_deeds",
                sql: """
                    INSERT INTO deed (at, verb, dag_id, run_id, subject, tasks, detail, actor, reason)
                    SELECT clock_timestamp(), u.* FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[],
                        $5::bigint[], $6::jsonb[], $7::text[], $8::text[]) u
                    """
            ),
            [
                deeds.map(\.verb), deeds.map(\.dag), deeds.map(\.run), deeds.map(\.subject),
                deeds.map(\.tasks), deeds.map { JSONText(JSONValue(texts: $0.detail).description) }, deeds.map(\.actor),
                deeds.map(\.reason),
            ]
        )
    }

    /// Notes that a form is used; false where it was used before, whoever is about to commit that.
    package func use(form key: String) throws -> Bool {
        try execute(
            Statement(
                name: "use_form",
                sql: "INSERT INTO form_use (key) VALUES ($1) ON CONFLICT DO NOTHING"
            ),
            [key]
        ).affected == 1
    }

    /// Remembers what a form made.
    package func setResult(ofForm key: String, _ result: String) throws {
        _ = try execute(
            Statement(name: "set_form_result", sql: "UPDATE form_use SET result = $2 WHERE key = $1"),
            [key, result]
        )
    }

    /// What a form made that was used before; nil: nothing that has a name.
    package func result(ofForm key: String) throws -> String? {
        let rows = try execute(
            Statement(name: "form_result", sql: "SELECT result FROM form_use WHERE key = $1"),
            [key]
        )
        return try rows.first?.decode(0, as: String?.self)
    }
}
