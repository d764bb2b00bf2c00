import Core
import Store

/// What differs between two attempts of a task, apart from their logs.
struct AttemptChanges: Sendable {
    /// What differs, in the order in which people look for causes.
    private(set) var rows: [ChangeView] = []
    /// What was looked at and is the same.
    private(set) var same: [String] = []

    /// Compares an attempt with an earlier one.
    init(from earlier: ComparedAttempt, to later: ComparedAttempt) {
        compareVersions(earlier, later)
        compareParams(earlier.run.params, later.run.params)
        compareEnvironment(earlier, later)
        note("runner", earlier.attempt.runner, later.attempt.runner)
        compareAmounts(
            "duration",
            earlier.attempt.duration.map { $0 / .seconds(1) },
            later.attempt.duration.map { $0 / .seconds(1) },
            from: 2
        ) { DurationText.format(.milliseconds(Int($0 * 1000))) }
        compareAmounts(
            "peak memory",
            earlier.attempt.peakMemory.map(Double.init),
            later.attempt.peakMemory.map(Double.init),
            from: 20_000_000
        ) { Quantity.bytes(Int($0)) }
        compareAmounts("log", Double(earlier.attempt.logLines), Double(later.attempt.logLines), from: 10) {
            Quantity.count(Int($0), "line")
        }
    }

    /// Compares a run with an earlier one, apart from its tasks.
    init(from earlier: RunRecord, to later: RunRecord, now: Timestamp) {
        _ = compareVersions(earlier.version, later.version, of: later.name.dag)
        compareParams(earlier.params, later.params)
        func seconds(_ run: RunRecord) -> Double? { run.took(now: now).map { $0 / .seconds(1) } }
        compareAmounts("duration", seconds(earlier), seconds(later), from: 2) {
            DurationText.format(.milliseconds(Int($0 * 1000)))
        }
        if earlier.taskCount != later.taskCount {
            note("tasks", Quantity.grouped(earlier.taskCount), Quantity.grouped(later.taskCount))
        }
    }

    /// Returns whether they differ.
    private mutating func compareVersions(_ before: Int, _ after: Int, of dag: String) -> Bool {
        guard before != after else {
            same.append("version \(after)")
            return false
        }
        var row = ChangeView(label: "Version", before: "\(before)", after: "\(after)")
        row.path = "\(Address.dag(dag))/versions/v\(before)..v\(after)"
        row.linkWords = "what changed in the file"
        rows.append(row)
        return true
    }

    private mutating func compareVersions(_ earlier: ComparedAttempt, _ later: ComparedAttempt) {
        guard compareVersions(earlier.version, later.version, of: later.run.name.dag) else { return }
        guard let was = earlier.taskDefinition, let present = later.taskDefinition else { return }
        let parts = Self.parts(was, present)
        if was == present {
            same.append("this task's definition")
        } else {
            rows.append(
                ChangeView(
                    label: "This task",
                    before: nil,
                    after: "its definition differs: " + parts.joined(separator: ", ")
                )
            )
        }
    }

    /// Which parts of a task's definition differ.
    private static func parts(_ before: TaskDefinition, _ after: TaskDefinition) -> [String] {
        var parts: [String] = []
        if before.action != after.action { parts.append("what it runs") }
        if before.needs != after.needs { parts.append("needs") }
        if before.environment != after.environment { parts.append("env") }
        if before.secrets != after.secrets { parts.append("secrets") }
        if before.timeout != after.timeout { parts.append("timeout") }
        if before.retries != after.retries { parts.append("retries") }
        if before.runner != after.runner { parts.append("runner") }
        if before.pool != after.pool || before.slots != after.slots { parts.append("pool and slots") }
        if before.workingDirectory != after.workingDirectory { parts.append("directory") }
        if before.shell != after.shell { parts.append("shell") }
        return parts.isEmpty ? ["something else"] : parts
    }

    private mutating func compareParams(_ before: String, _ after: String) {
        let (old, new) = (ParamTexts.values(before), ParamTexts.values(after))
        let differing = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
        if differing.isEmpty { return same.append(new.isEmpty ? "no params" : "params") }
        for name in differing {
            rows.append(
                ChangeView(label: "Param \(name)", before: old[name] ?? "not given", after: new[name] ?? "not given")
            )
        }
    }

    private mutating func compareEnvironment(_ earlier: ComparedAttempt, _ later: ComparedAttempt) {
        guard earlier.definition != nil, later.definition != nil else { return }
        let (old, new) = (Set(earlier.environmentNames), Set(later.environmentNames))
        if old == new { return same.append("env names") }
        let added = new.subtracting(old).sorted().map { "+\($0)" }
        let removed = old.subtracting(new).sorted().map { "−\($0)" }
        rows.append(ChangeView(label: "Env names", before: nil, after: (added + removed).joined(separator: " ")))
    }

    private mutating func note(_ label: String, _ before: String, _ after: String) {
        if before == after { return same.append("\(label) \(after)") }
        rows.append(ChangeView(label: RequestError.capitalized(label), before: before, after: after))
    }

    /// An amount counts as changed from half as much again on, if one of the two is worth speaking of.
    private mutating func compareAmounts(
        _ label: String,
        _ before: Double?,
        _ after: Double?,
        from least: Double,
        _ words: (Double) -> String
    ) {
        guard let before, let after else { return }
        let ratio = max(before, after) / max(min(before, after), .leastNonzeroMagnitude)
        guard ratio >= 1.5, max(before, after) >= least else { return same.append("\(label) about \(words(after))") }
        rows.append(
            ChangeView(label: RequestError.capitalized(label), before: words(before), after: words(after))
        )
    }
}

/// One difference.
struct ChangeView: Sendable {
    let label: String
    /// Nil where only the later value says something.
    let before: String?
    let after: String
    var path: String?
    var linkWords: String?

    init(label: String, before: String?, after: String) {
        self.label = label
        self.before = before
        self.after = after
    }
}

extension ComparedAttempt {
    /// The task as its version has it.
    var taskDefinition: TaskDefinition? { definition?.tasks.first { $0.id == task.id } }

    /// The names of the variables that it gets from its file.
    var environmentNames: [String] {
        ((definition?.environment ?? []) + (taskDefinition?.environment ?? [])).map(\.name)
    }
}
