import Core

/// What a DAG will do, in words.
struct DAGExplanation: Sendable {
    let dag: DAG
    let runs: [ExplainedRun]

    /// Looks at so many runs after an instant.
    init(dag: DAG, count: Int, now: Timestamp) {
        self.dag = dag
        runs = dag.schedule.map { ExplainedRun.next(count, of: $0, after: now) } ?? []
    }

    /// What happens to ticks that passed while nothing was deciding.
    static func words(for schedule: Schedule) -> String {
        switch schedule.catchup {
        case .none: "ticks that pass while nothing decides are skipped"
        case .latest: "of the ticks that pass while nothing decides, the newest is run"
        case .all:
            "ticks that pass while nothing decides are all run, up to "
                + "\(DurationText.format(schedule.catchupWindow)) back"
        }
    }

    /// What a shadow schedule does.
    static let shadow = "ticks are only noted, and nothing runs; `rota dags ticks` lists them"

    /// What happens to a tick while an earlier run is unfinished.
    static func words(for overlap: Schedule.Overlap) -> String {
        switch overlap {
        case .queue: "a run waits until the one before has ended"
        case .skip: "a tick is skipped while the run before goes on"
        case .cancel: "the run before is cancelled first"
        case .allow: "runs may go on side by side"
        }
    }

    /// What a task waits for, what it must find then, and whether its failure counts.
    static func words(for task: TaskDefinition) -> String {
        var text = start(of: task)
        if let condition = task.condition { text += ", if \(condition.source); else it is skipped" }
        if let mapping = task.mapping { text += "; " + words(for: mapping, task.maximumParallel) }
        if task.allowsFailure { text += "; its failure counts as success" }
        switch task.onUnreachable {
        case .wait: break
        case .retry(let span):
            text += "; if its runner is silent for \(DurationText.spell(span)), it is tried again"
        case .fail(let span): text += "; if its runner is silent for \(DurationText.spell(span)), it fails"
        }
        return text
    }

    /// What a mapped task's instances are.
    private static func words(for mapping: Mapping, _ limit: Int?) -> String {
        let each =
            switch mapping {
            case .list(let list): "one instance for each item of \(words(for: list))"
            case .product(let axes):
                "one instance for each combination of "
                    + DAGExplanation.list(axes.map { "\($0.name) (\(words(for: $0.list)))" })
            case .counterpart(let other):
                "one instance for each one of \(other), of which it needs its own counterpart only"
            }
        return each + (limit.map { ", at most \($0) at once" } ?? "")
    }

    private static func words(for list: ItemList) -> String {
        switch list {
        case .elements(let elements): elements.count == 1 ? "1 item" : "\(elements.count) items"
        case .template(let template): template.source
        }
    }

    private static func start(of task: TaskDefinition) -> String {
        guard !task.needs.isEmpty else { return "starts at once" }
        let needs = list(task.needs)
        let isOne = task.needs.count == 1
        let has = isOne ? "has" : "have all"
        return switch task.triggerRule {
        case .allSuccess: "starts when \(needs) \(has) succeeded"
        case .allFailed: "starts when \(needs) \(has) failed or been blocked"
        case .allDone: "starts when \(needs) \(has) ended, however"
        case .allDoneMinOneSuccess: "starts when \(needs) \(has) ended and at least one has succeeded"
        case .allSkipped: "starts when \(needs) \(has) been skipped"
        case .oneSuccess: "starts as soon as one of \(needs) has succeeded"
        case .oneFailed: "starts as soon as one of \(needs) has failed or been blocked"
        case .oneDone: "starts as soon as one of \(needs) has succeeded or failed"
        case .noneFailed: "starts when \(needs) \(has) ended and none has failed or been blocked"
        case .noneFailedMinOneSuccess:
            "starts when \(needs) \(has) ended, none has failed or been blocked, and at least one has succeeded"
        case .noneSkipped: "starts when \(needs) \(has) ended and none has been skipped"
        case .always: "starts at once, whatever becomes of \(needs)"
        }
    }

    private static func list(_ names: [String]) -> String {
        guard names.count > 1, let last = names.last else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }
}

extension DAGExplanation {
    /// Everything, for programs.
    var json: JSONValue {
        var schedule = JSONValue.null
        if let found = dag.schedule {
            schedule = .object([
                "text": .string(found.text),
                "timezone": .string(found.timetable.zone.name),
                "description": .string(found.describe()),
                "calendar": found.calendarName.map { .string($0) } ?? .null,
                "shift": (found.timetable.shift?.direction.rawValue).map { .string($0) } ?? .null,
                "catchup": .string(found.catchup.rawValue),
                "overlap": .string(found.overlap.rawValue),
                "shadow": .boolean(found.isShadow),
                "max_active_runs": .number("\(dag.maximumActiveRuns)"),
            ])
        }
        let next = runs.map { run in
            JSONValue.object(["at": .string(run.text), "notes": .array(run.notes.map { .string($0) })])
        }
        let tasks = dag.tasks.map { task in
            JSONValue.object([
                "id": .string(task.id),
                "needs": .array(task.needs.map { .string($0) }),
                "trigger_rule": .string(task.triggerRule.rawValue),
                "mapped": .boolean(task.mapping != nil),
                "max_parallel": task.maximumParallel.map { .number("\($0)") } ?? .null,
                "when": task.condition.map { .string($0.source) } ?? .null,
                "allow_failure": .boolean(task.allowsFailure),
                "explanation": .string(DAGExplanation.words(for: task)),
            ])
        }
        return .object([
            "dag": .string(dag.id),
            "description": dag.description.map { .string($0) } ?? .null,
            "schedule": schedule,
            "next": .array(next),
            "tasks": .array(tasks),
        ])
    }

    /// Writes everything for people.
    func print(to terminal: Terminal = .output) {
        terminal.line(terminal.hasColours ? Style.bold.apply(to: dag.id) : dag.id)
        if let description = dag.description { terminal.line("  " + VisibleText.oneLine(description)) }
        terminal.line()
        if let schedule = dag.schedule {
            terminal.line("Schedule (\(schedule.timetable.zone.name)): \(schedule.describe())")
            if schedule.isShadow { terminal.line("  shadow: \(DAGExplanation.shadow)") }
            terminal.line("  catch-up \(schedule.catchup.rawValue): \(DAGExplanation.words(for: schedule))")
            terminal.line("  overlap \(schedule.overlap.rawValue): \(DAGExplanation.words(for: schedule.overlap))")
            if let deadline = schedule.startDeadline {
                terminal.line("  a run not started \(DurationText.format(deadline)) after its tick is cancelled")
            }
            if dag.startsPaused { terminal.line("  the file says that the DAG begins paused") }
            printRuns(to: terminal)
        } else {
            terminal.line("Schedule: none; it runs when it is triggered.")
        }
        terminal.line()
        var table = Table("task", "when")
        for task in dag.tasks { table.add(Table.Cell(task.id, .bold), Table.Cell(DAGExplanation.words(for: task))) }
        table.print(orElse: "No tasks.", to: terminal)
    }

    private func printRuns(to terminal: Terminal) {
        terminal.line()
        guard !runs.isEmpty else { return terminal.line("No run comes any more.") }
        var table = Table("next run", "note")
        for run in runs {
            table.add(Table.Cell(run.words), Table.Cell(run.notes.joined(separator: "; ")))
        }
        table.print(orElse: "", to: terminal)
    }
}
