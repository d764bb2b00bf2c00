import Core

/// A DAG as people read it.
struct DAGReport {
    let dag: JSONValue

    /// Writes what the file says, and how the latest run went.
    func print(to terminal: Terminal = .output) {
        let id = dag.text("id") ?? ""
        terminal.line(terminal.hasColours ? Style.bold.apply(to: id) : id)
        if let description = dag.text("description") { terminal.line("  " + VisibleText.oneLine(description)) }
        fact("schedule", schedule, terminal)
        fact("next", dag.instant("next_tick").map(Words.instant), terminal)
        fact("latest run", latest, terminal)
        fact("owner", dag.text("owner"), terminal)
        fact("runbook", dag.text("runbook"), terminal)
        fact("file", file, terminal)
        printParams(terminal)
        printTasks(terminal)
        if let error = dag["file_error"], error != .null { FileErrorReport.print(error) }
    }

    /// When it runs by itself.
    var schedule: String? {
        if dag.text("state") == "retired" { return "retired: its file is gone" }
        let paused = dag.flag("paused") ? " (paused)" : ""
        guard let schedule = dag["schedule"], schedule != .null else {
            return "none; it runs when it is triggered" + paused
        }
        return Self.words(for: schedule) + paused
    }

    /// A schedule with its zone, where that is not UTC, and its calendar.
    static func words(for schedule: JSONValue) -> String {
        var text = schedule.text("text") ?? ""
        if let zone = schedule.text("timezone"), zone != "UTC" { text += " \(zone)" }
        if let calendar = schedule.text("calendar") {
            switch schedule.text("shift") {
            case "next_day": text += ", moved to the next day of calendar \(calendar)"
            case "previous_day": text += ", moved to the day before of calendar \(calendar)"
            default: text += ", on days of calendar \(calendar)"
            }
        }
        return schedule.flag("shadow") ? text + " (shadow: nothing runs)" : text
    }

    private var latest: String? {
        guard let run = dag["latest_run"], let id = run.text("id") else { return nil }
        return "\(id) \(run.text("state") ?? "")"
    }

    private var file: String? {
        dag.text("path").map { path in dag.integer("version").map { "\(path), version \($0)" } ?? path }
    }

    private func fact(_ name: String, _ value: String?, _ terminal: Terminal) {
        guard let value else { return }
        terminal.line("  \(name): \(VisibleText.oneLine(value))")
    }

    private func printParams(_ terminal: Terminal) {
        var table = Table("param", "type", "default", "allowed", "description")
        for param in dag.list("params") {
            let choices = param.list("enum").map { choice in
                if case .string(let text) = choice { text } else { choice.description }
            }
            table.add(
                Table.Cell(param.text("name"), .bold),
                Table.Cell(param.text("type")),
                Table.Cell(param.text("default") ?? "(must be given)"),
                Table.Cell(choices.joined(separator: ", ")),
                Table.Cell(param.text("description"))
            )
        }
        print(table, terminal)
    }

    private func printTasks(_ terminal: Terminal) {
        var table = Table("task", "needs", "rule", "pool")
        for task in dag.list("tasks") {
            let needs = task.list("needs").map { need in
                if case .string(let text) = need { text } else { need.description }
            }
            let rule = task.text("trigger_rule")
            table.add(
                Table.Cell(task.text("id"), .bold),
                Table.Cell(needs.joined(separator: ", ")),
                Table.Cell(rule == "all_success" ? "" : rule),
                Table.Cell(task.text("pool"))
            )
        }
        print(table, terminal)
    }

    private func print(_ table: Table, _ terminal: Terminal) {
        guard !table.isEmpty else { return }
        terminal.line()
        table.print(orElse: "", to: terminal)
    }
}
