import Core

/// What pausing a DAG would hold back, in sentences.
struct PauseReport {
    /// The plan as the API gives it.
    let plan: JSONValue

    /// One sentence about the schedule, and one about the runs that go on, where there are any.
    var lines: [String] {
        let dag = plan.text("dag") ?? ""
        guard !plan.flag("paused") else { return ["\(dag) is paused already."] }
        var lines = [
            plan.instant("next_run").map { "The next run would have been that of \(Words.instant($0)); it waits." }
                ?? "\(dag) has no next run by itself, so nothing is held back."
        ]
        let running = plan.integer("running_runs") ?? 0
        let queued = plan.integer("queued_runs") ?? 0
        if running > 0 { lines.append("\(Words.count(running, "run")) under way would go on.") }
        if queued > 0 {
            lines.append(
                "\(Words.count(queued, "run")) that \(queued == 1 ? "waits" : "wait") would start all the same."
            )
        }
        return lines
    }
}

/// What unpausing a DAG would start, in words.
struct UnpauseReport {
    let plan: JSONValue

    /// One sentence about the runs, and one about the ticks that are skipped, where there are any.
    var lines: [String] {
        let dag = plan.text("dag") ?? ""
        guard plan.flag("paused") else { return ["\(dag) is not paused."] }
        var lines = [runs]
        let skipped = plan["skipped"]
        let parts = ["paused", "catchup", "calendar", "overlap", "shadow"].compactMap { reason -> String? in
            guard let count = skipped?.integer(reason), count > 0 else { return nil }
            return "\(count) (\(reason))"
        }
        if !parts.isEmpty { lines.append("Skipped ticks: \(parts.joined(separator: ", ")).") }
        if plan.flag("cancels_running") { lines.append("Runs under way are cancelled (overlap: cancel).") }
        if let next = plan.instant("next_tick"), plan.flag("complete") {
            lines.append("The next tick after that is \(Words.instant(next)).")
        }
        return lines
    }

    private var runs: String {
        let count = plan.integer("runs") ?? 0
        let more = plan.flag("complete") ? "" : "more than "
        guard count > 0, let first = plan.instant("first_run"), let last = plan.instant("last_run") else {
            return "Catch-up starts no run."
        }
        guard count > 1 else { return "Catch-up starts \(more)1 run, of \(Words.instant(first))." }
        return "Catch-up starts \(more)\(count) runs, from \(Words.instant(first)) to \(Words.instant(last))."
    }
}
