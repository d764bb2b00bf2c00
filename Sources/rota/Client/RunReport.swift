import Core

/// A run as people read it.
struct RunReport {
    /// The run with all its details.
    let run: JSONValue

    /// Writes the run with its tasks.
    func print(to terminal: Terminal = .output) {
        let id = run.text("id") ?? ""
        let state = run.text("state") ?? ""
        terminal.line("\(bold(id, terminal)) \(coloured(state, terminal))\(reason)")
        fact("type", run.text("type"), terminal)
        fact("logical date", run.instant("logical_date").map(Words.instant), terminal)
        fact("created", run.instant("created_at").map(Words.instant), terminal)
        fact("started", run.instant("started_at").map(Words.instant), terminal)
        fact("ended", ending, terminal)
        fact("by", run.text("actor"), terminal)
        if case .object(let members) = run["params"], !members.isEmpty {
            let params = members.map { member in
                if case .string(let text) = member.value {
                    "\(member.name)=\(text)"
                } else {
                    "\(member.name)=\(member.value)"
                }
            }
            fact("params", params.joined(separator: " "), terminal)
        }
        terminal.line()
        TaskTable.make(run.list("tasks"), folded: true).print(orElse: "The run has no tasks.", to: terminal)
        printDeeds(to: terminal)
        printCauses(to: terminal)
    }

    /// Writes how the run ended, in a line or two.
    func printEnding(to terminal: Terminal) {
        let span = Words.took(run)
        let state = run.text("state") ?? ""
        terminal.line(
            "\(run.text("id") ?? "") \(coloured(state, terminal))\(reason)\(span.isEmpty ? "" : " after \(span)")"
        )
        printCauses(to: terminal)
    }

    /// How many of the things that people asked for are told.
    private static let mostDeeds = 10

    /// What people asked for, newest first, with who and why.
    private func printDeeds(to terminal: Terminal) {
        let deeds = run.list("deeds")
        guard !deeds.isEmpty else { return }
        terminal.line()
        for deed in deeds.prefix(Self.mostDeeds) { terminal.line(Self.words(for: deed)) }
        if deeds.count > Self.mostDeeds {
            terminal.line("and \(Words.count(deeds.count - Self.mostDeeds, "earlier word"))")
        }
    }

    /// Such as `2026-08-21 04:30:00Z clear load (2 tasks) by token:ana: column added`.
    static func words(for deed: JSONValue) -> String {
        var words = [deed.instant("at").map(Words.instant) ?? "", deed.text("verb") ?? ""]
        if let mode = deed["detail"]?.text("mode") { words.append(mode) }
        if let from = deed["detail"]?.text("from_version"), let to = deed["detail"]?.text("to_version") {
            words.append("version \(from) to \(to)")
        }
        if let subject = deed.text("subject") { words.append(subject) }
        if let state = deed["detail"]?.text("state") { words.append(state) }
        if let tasks = deed.integer("tasks") { words.append("(\(Words.count(tasks, "task")))") }
        words.append("by \(deed.text("actor") ?? "")")
        let line = words.joined(separator: " ") + (deed.text("reason").map { ": \($0)" } ?? "")
        return VisibleText.oneLine(line)
    }

    /// How many causes are told; a mapped task may fail in thousands of instances.
    private static let mostCauses = 20

    /// For each task that failed by itself: how its last attempt ended, and the line of the log that tells why.
    private func printCauses(to terminal: Terminal) {
        let all = run.list("tasks").filter { $0.text("state") == "failed" }
        // What was allowed to fail is told last: it did not fail the run.
        let failed = all.filter { !TaskTable.isAllowedFailure($0) } + all.filter { TaskTable.isAllowedFailure($0) }
        defer {
            let rest = failed.count - Self.mostCauses
            if rest > 0 {
                terminal.line()
                terminal.line(
                    "and \(Words.count(rest, "other failed task")): rota tasks list \(run.text("id") ?? "") --state failed"
                )
            }
        }
        for task in failed.prefix(Self.mostCauses) {
            let attempt = task.list("attempts").last
            let name = TaskTable.name(of: task)
            let exit = attempt.map(TaskTable.exit) ?? ""
            terminal.line()
            let allowed = TaskTable.isAllowedFailure(task) ? " (allowed to fail)" : ""
            terminal.line("\(bold(name, terminal)) failed\(allowed)\(exit.isEmpty ? "" : ": \(exit)")")
            if let reason = task.text("reason") ?? attempt?.text("reason") {
                terminal.line("  \(VisibleText.oneLine(reason))")
            }
            if let cause = attempt?["cause"], let text = cause.text("text") {
                for (line, words) in near(attempt) ?? [(cause.integer("line") ?? 0, text)] {
                    terminal.line("  line \(line): \(VisibleText.oneLine(words))")
                }
            }
            let mapped = task.integer("map_index").map { " --map-index \($0)" } ?? ""
            terminal.line("  rota logs \(run.text("id") ?? "") \(task.text("id") ?? "")\(mapped)")
        }
    }

    /// The cause of an attempt with the lines beside it; nil where it tells enough by itself.
    private func near(_ attempt: JSONValue?) -> [(line: Int, text: String)]? {
        guard let id = attempt?.text("id") else { return nil }
        return run.list("near_causes").first { $0.text("attempt") == id }?.list("lines").map { line in
            (line: line.integer("line") ?? 0, text: line.text("text") ?? "")
        }
    }

    private var reason: String { run.text("reason").map { " (\(VisibleText.oneLine($0)))" } ?? "" }

    /// When it ended, and how long it took until then; nil where it has not.
    var ending: String? {
        guard let ended = run.instant("ended_at") else { return nil }
        let span = Words.took(run)
        return Words.instant(ended) + (span.isEmpty ? "" : ", after \(span)\(rest)")
    }

    /// What lies between start and end and is no part of the duration.
    private var rest: String {
        guard let start = run.instant("started_at"), let end = run.instant("ended_at"),
            let length = run.integer("duration_us"), length > 0
        else { return "" }
        let rest = (end - start).clampedMicroseconds - Int64(length)
        return rest < 1_000_000 ? "" : ", and \(Words.span(microseconds: rest)) at rest before a clear"
    }

    private func fact(_ name: String, _ value: String?, _ terminal: Terminal) {
        guard let value else { return }
        terminal.line("  \(name): \(VisibleText.oneLine(value))")
    }

    private func bold(_ text: String, _ terminal: Terminal) -> String {
        terminal.hasColours ? Style.bold.apply(to: text) : text
    }

    private func coloured(_ state: String, _ terminal: Terminal) -> String {
        terminal.hasColours ? Style.ofState(state).apply(to: state) : state
    }
}
