import Core

/// What a word about a run would change, as people read it.
struct VerbReport {
    /// The plan as the API gives it.
    let plan: JSONValue

    /// Writes a row for each task that changes, and what becomes of the run.
    func print(to terminal: Terminal = .output, messages: Terminal = .messages) {
        var table = Table("task", "now", "then", "note")
        for task in plan.list("tasks") {
            table.add(
                Table.Cell(TaskTable.name(of: task), .bold),
                .state(task.text("state")),
                .state(task.text("new_state")),
                Table.Cell(task.flag("asked_to_end") ? "runs, and is asked to end" : "")
            )
        }
        table.print(orElse: "No task would change.", to: terminal)
        messages.line(ending)
    }

    private var ending: String {
        let run = plan.text("run") ?? ""
        let (old, new) = (plan.text("state") ?? "", plan.text("new_state") ?? "")
        return old == new ? "\(run) would stay \(old)." : "\(run) would be \(new); it is \(old)."
    }
}
