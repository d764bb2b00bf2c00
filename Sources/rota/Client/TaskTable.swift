import Core

/// The tasks of a run as a table.
enum TaskTable {
    /// A mapped task with more instances than this is one row where it is folded.
    private static let fewInstances = 10

    /// One row for each task instance; folded, one for each mapped task that has many.
    static func make(_ tasks: [JSONValue], folded: Bool = false) -> Table {
        var table = Table("task", "state", ">tries", "runner", "exit", "started", ">took", "note")
        var rest = tasks[...]
        while let task = rest.first {
            let id = task.text("id")
            let group = rest.prefix { $0.text("id") == id }
            if folded, group.count > fewInstances {
                rest = rest.dropFirst(group.count)
                addFolded(Array(group), to: &table)
                continue
            }
            rest.removeFirst()
            let attempts = task.list("attempts")
            let last = attempts.last
            table.add(
                Table.Cell(name(of: task), .bold),
                .state(task.text("state")),
                .number(attempts.isEmpty ? nil : attempts.count),
                Table.Cell(last?.text("runner")),
                Table.Cell(last.map(exit)),
                .instant(last?.instant("started_at")),
                Table.Cell(Words.took(last)),
                Table.Cell(note(of: task))
            )
        }
        return table
    }

    /// The worst state, and how many instances are in which.
    private static func addFolded(_ instances: [JSONValue], to table: inout Table) {
        let order = [
            "failed", "upstream_failed", "up_for_retry", "running", "queued", "waiting", "cancelled", "success",
            "skipped",
            "removed",
        ]
        let counts = Dictionary(grouping: instances) { $0.text("state") ?? "" }.mapValues(\.count)
        let words = order.compactMap { state in counts[state].map { "\($0) \(state)" } }
        let starts = instances.compactMap { $0.list("attempts").last?.instant("started_at") }
        table.add(
            Table.Cell("\(VisibleText.oneLine(instances[0].text("id") ?? ""))[…]", .bold),
            .state(order.first { counts[$0] != nil }),
            .number(instances.reduce(0) { $0 + $1.list("attempts").count }),
            Table.Cell(nil),
            Table.Cell(nil),
            .instant(starts.min()),
            Table.Cell(nil),
            Table.Cell(words.joined(separator: ", "))
        )
    }

    /// The task's name, with its map index.
    static func name(of task: JSONValue) -> String {
        VisibleText.oneLine(task.text("id") ?? "") + (task.integer("map_index").map { "[\($0)]" } ?? "")
    }

    /// The name of the task that something names as `task`, with its map index.
    static func name(ofTask subject: JSONValue) -> String {
        VisibleText.oneLine(subject.text("task") ?? "") + (subject.integer("map_index").map { "[\($0)]" } ?? "")
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
        let reason = task.text("reason") ?? task.list("attempts").last?.text("reason")
        guard isAllowedFailure(task) else { return reason }
        return "allowed to fail" + (reason.map { ", \($0)" } ?? "")
    }

    /// Whether a task failed and nothing suffers from that.
    static func isAllowedFailure(_ task: JSONValue) -> Bool {
        task.text("state") == "failed" && task["allowed_to_fail"] == .boolean(true)
    }
}
