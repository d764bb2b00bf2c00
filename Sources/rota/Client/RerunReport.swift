import Core

/// What running a run again means, as people read it.
struct RerunReport {
    /// The plan as the API gives it.
    let plan: JSONValue

    /// Writes what differs: tasks, params, and the lines of the file.
    func print(to terminal: Terminal = .output) {
        var table = Table("task", "change", "now")
        for task in plan.list("tasks") {
            let count = task.integer("instances") ?? 0
            let change = task.text("change") ?? ""
            table.add(
                Table.Cell(task.text("id"), .bold),
                Table.Cell(change, change == "same" ? .dim : .yellow),
                count > 1 && task.text("state") == nil
                    ? Table.Cell("\(count) instances") : .state(task.text("state"))
            )
        }
        table.print(orElse: "There are no tasks.", to: terminal)
        for param in plan.list("params") {
            let (old, new) = (param.text("value"), param.text("new_value"))
            let name = param.text("name") ?? ""
            let words =
                switch (old, new) {
                case (let old?, let new?): "\(name): \(old) becomes \(new)"
                case (let old?, nil): "\(name): \(old) is dropped, the DAG has no such param any more"
                case (nil, let new): "\(name): \(new ?? "") is new"
                }
            terminal.line("param \(VisibleText.oneLine(words))")
        }
        guard let diff = plan.text("diff"), !diff.isEmpty else { return }
        terminal.line()
        for line in diff.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            terminal.line(Self.coloured(String(line), terminal))
        }
    }

    /// One sentence about what is done, or would be.
    func sentence(isRehearsal: Bool) -> String {
        let (old, new) = (plan.integer("version") ?? 0, plan.integer("new_version") ?? 0)
        let version = old == new ? "version \(old)" : "version \(new) instead of \(old)"
        return (isRehearsal ? "Would run " : "Runs ") + "\(plan.text("run") ?? "") again, by \(version)."
    }

    private static func coloured(_ line: String, _ terminal: Terminal) -> String {
        let visible = VisibleText.oneLine(line)
        guard terminal.hasColours else { return visible }
        switch line.first {
        case "+": return Style.green.apply(to: visible)
        case "-": return Style.red.apply(to: visible)
        case "@": return Style.dim.apply(to: visible)
        default: return visible
        }
    }
}
