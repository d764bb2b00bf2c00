import Core

/// The tasks of a run as a table.
enum TaskTable {
    /// One row for each task instance.
    static func make(_ tasks: [JSONValue]) -> Table {
        var table = Table("task", "state", ">tries", "runner", "exit", "started", ">took", "note")
        for task in tasks {
            let attempts = task.list("attempts")
            let last = attempts.last
            table.add(
                Table.Cell(name(of: task), .bold),
                .state(task.text("state")),
                .number(attempts.isEmpty ? nil : attempts.count),
                Table.Cell(last?.text("runner")),
                Table.Cell(last.map(exit)),
                .instant(last?.instant("started_at")),
                Table.Cell(Words.span(from: last?.instant("started_at"), to: last?.instant("ended_at"))),
                Table.Cell(note(of: task))
            )
        }
        return table
    }

    /// The task's name, with its map index.
    static func name(of task: JSONValue) -> String {
        VisibleText.oneLine(task.text("id") ?? "") + (task.integer("map_index").map { "[\($0)]" } ?? "")
    }

    /// How an attempt ended: its exit code or signal, or its state where that says more.
    static func exit(of attempt: JSONValue) -> String {
        let state = attempt.text("state") ?? ""
        let how = attempt.text("signal") ?? attempt.integer("exit_code").map { "exit \($0)" }
        switch state {
        case "timed_out", "lost", "unknown", "never_started", "cancelled", "unreachable", "cancelling":
            return how.map { "\(state), \($0)" } ?? state
        default: return how ?? ""
        }
    }

    /// What is worth saying beside the state: what it waits for, or why it is as it is.
    private static func note(of task: JSONValue) -> String? {
        if task.text("state") == "queued", let hold = task.text("hold") { return hold }
        if let retry = task.instant("retry_at") { return "retry at \(Words.instant(retry))" }
        return task.text("reason") ?? task.list("attempts").last?.text("reason")
    }
}
