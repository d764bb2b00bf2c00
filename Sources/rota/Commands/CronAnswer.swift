import Core

/// The answer to a question about a cron expression.
struct CronAnswer: Hashable, Sendable {
    /// What was asked for.
    enum Content: Hashable, Sendable {
        /// Runs, ascending.
        case next([Timestamp])
        /// Runs, descending.
        case previous([Timestamp])
        /// A sentence.
        case description(String)
        /// That it is valid.
        case validity
    }

    var question: CronQuestion
    var zone: TimeZoneRules
    var content: Content
    var warnings: [CronWarning]

    /// The answer for programs.
    var json: JSONValue {
        var members = [
            JSONValue.Member(name: "expression", value: .string(question.expression)),
            JSONValue.Member(name: "timezone", value: .string(question.timezone)),
        ]
        let notes = JSONValue.array(warnings.map { .string($0.description) })
        switch content {
        case .next(let runs): members.append(JSONValue.Member(name: "next", value: list(runs)))
        case .previous(let runs): members.append(JSONValue.Member(name: "prev", value: list(runs)))
        case .description(let sentence):
            members.append(JSONValue.Member(name: "description", value: .string(sentence)))
            members.append(JSONValue.Member(name: "warnings", value: notes))
        case .validity:
            members.append(JSONValue.Member(name: "valid", value: .boolean(true)))
            members.append(JSONValue.Member(name: "warnings", value: notes))
        }
        return .object(members)
    }

    private func list(_ runs: [Timestamp]) -> JSONValue {
        .array(runs.map { .string($0.rfc3339(in: zone)) })
    }

    /// Writes the answer for people.
    func print(to terminal: Terminal = .output) {
        switch content {
        case .next(let runs):
            for run in runs { terminal.line(run.rfc3339(in: zone)) }
            if runs.count < question.count { Terminal.messages.line("No further run within 50 years.") }
        case .previous(let runs):
            for run in runs { terminal.line(run.rfc3339(in: zone)) }
            if runs.count < question.count { Terminal.messages.line("No earlier run within 50 years.") }
        case .description(let sentence): terminal.line(sentence)
        case .validity: terminal.line("valid")
        }
        for warning in warnings { Terminal.messages.line("note: \(warning.description)") }
    }
}
