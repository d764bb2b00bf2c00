import Core

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
