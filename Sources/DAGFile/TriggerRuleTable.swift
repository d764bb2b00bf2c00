import Core

/// The truth table of the trigger rules, made of the rules themselves.
enum TriggerRuleTable {
    /// How two upstream tasks may have got so far; nil: still on its way.
    private static let columns: [(title: String, outcomes: [Outcome?])] = [
        ("both succeeded", [.success, .success]), ("succeeded, failed", [.success, .failed]),
        ("succeeded, skipped", [.success, .skipped]), ("both failed", [.failed, .failed]),
        ("failed, skipped", [.failed, .skipped]), ("both skipped", [.skipped, .skipped]),
        ("succeeded, runs", [.success, nil]), ("failed, runs", [.failed, nil]), ("skipped, runs", [.skipped, nil]),
    ]

    /// The section of the reference.
    static func text() -> String {
        let head = "| Rule | " + columns.map(\.title).joined(separator: " | ") + " |"
        let rule = "| --- |" + String(repeating: " --- |", count: columns.count)
        let rows = TriggerRule.allCases.map { rule in
            "| `\(rule.rawValue)` | " + columns.map { word(rule, $0.outcomes) }.joined(separator: " | ") + " |"
        }
        return """
            ## Trigger rules

            What becomes of a task that needs two others, by its rule and by how those have got so far. The rules have the names
            and the meaning that they have in Airflow.

            \(([head, rule] + rows).joined(separator: "\n"))

            A task that was blocked (`upstream_failed`) counts as failed, but for `one_done`, which wants one that ran. A
            cancelled task counts as failed, a removed one as skipped, and one with `allow_failure` as succeeded. A task
            without `needs` runs under every rule. `rota explain` says in words what each task waits for.
            """
    }

    private static func word(_ rule: TriggerRule, _ outcomes: [Outcome?]) -> String {
        var counts = UpstreamCounts(total: outcomes.count)
        for case let outcome? in outcomes { counts.count(outcome) }
        return switch rule.verdict(counts) {
        case .start: "**runs**"
        case .wait: "waits"
        case .skip: "skipped"
        case .upstreamFailed: "blocked"
        }
    }
}
