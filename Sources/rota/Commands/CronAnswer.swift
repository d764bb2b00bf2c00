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
    /// Whether the zone's clocks skip each of its times; asked for only where advice is.
    var neverRuns = false

    /// The answer for programs.
    var json: JSONValue {
        var members = [
            JSONValue.Member(name: "expression", value: .string(question.expression)),
            JSONValue.Member(name: "timezone", value: .string(question.timezone)),
        ]
        let notes = JSONValue.array(notes.map { .string($0) })
        switch content {
        case .next(let runs): members.append(JSONValue.Member(name: "next", value: list(runs)))
        case .previous(let runs): members.append(JSONValue.Member(name: "prev", value: list(runs)))
        case .description(let sentence):
            members.append(JSONValue.Member(name: "description", value: .string(sentence)))
            members.append(JSONValue.Member(name: "warnings", value: notes))
        case .validity:
            members.append(JSONValue.Member(name: "valid", value: .boolean(true)))
            members.append(JSONValue.Member(name: "runs", value: .boolean(!neverRuns)))
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
            for run in runs { terminal.line(Words.instant(run, in: zone)) }
            if runs.count < question.count { Terminal.messages.line("No further run within 50 years.") }
        case .previous(let runs):
            for run in runs { terminal.line(Words.instant(run, in: zone)) }
            if runs.count < question.count { Terminal.messages.line("No earlier run within 50 years.") }
        case .description(let sentence): terminal.line(sentence)
        case .validity: terminal.line(neverRuns ? "valid, but never runs in \(zone.name)" : "valid")
        }
        for note in notes { Terminal.messages.line("note: \(note)") }
    }

    private var notes: [String] {
        let never = "it never runs in \(zone.name): the clocks there skip its time whenever it comes"
        return (neverRuns ? [never] : []) + warnings.map(\.description)
    }
}
