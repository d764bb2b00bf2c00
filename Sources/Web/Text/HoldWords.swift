/// Why a queued task is not taken, as a sentence's part.
enum HoldWords {
    /// Words for a hold as stored: a word of ours, and what it is about.
    static func of(_ hold: String) -> String {
        let parts = hold.split(separator: " ", maxSplits: 1)
        let subject = parts.count > 1 ? String(parts[1]) : ""
        return switch parts.first {
        case "pool_full": "the pool \(subject) is full"
        case "pool_too_small": "it wants more slots than the pool \(subject) has"
        case "pool_kept":
            "free slots of the pool \(subject.prefix { $0 != " " }) are kept for a larger task that has waited longer"
        case "unknown_pool": "there is no pool \(subject)"
        case "max_active_tasks": "as many tasks of the DAG run as may (max_active_tasks)"
        case "max_parallel":
            "as many instances of its task are under way as may be (max_parallel: \(subject))"
        case "runner_full": "its runner is full"
        case "runner_kept": "free slots of its runner are kept for a larger task that has waited longer"
        case "too_large": "it wants more slots than a runner has (\(subject))"
        case "unknown_runner": "there is no runner \(subject)"
        case "no_runner_with_labels": "no runner has the labels \(subject)"
        case "no_runner_answers":
            subject.isEmpty ? "no runner answers" : "no runner that fits (\(subject)) answers"
        case "version_unreadable": "this version of Rota cannot read the DAG's version"
        default: hold
        }
    }
}
