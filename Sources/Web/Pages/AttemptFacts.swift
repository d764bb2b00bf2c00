import Core
import Store

/// The context of an attempt: where and when it ran, and what its task is.
struct AttemptFacts: Sendable {
    let found: FoundAttempt
    let definition: DAG?
    let usual: UsualDuration?
    /// The runner as it is now, where that was asked.
    let runner: RunnerRecord?
    let now: Timestamp

    private var run: RunName { found.run.name }

    /// How many tasks before or after it are named.
    private static let mostTasks = 12

    /// All of it, in the order of the page.
    var rows: [FactView] { item + attempt + task + dag }

    /// As many characters of an item as are shown: it may be as long as an output.
    private static let mostItem = 400

    private var item: [FactView] {
        guard let item = found.task.item else { return [] }
        let isLong = item.unicodeScalars.count > Self.mostItem
        let text = isLong ? String(item.unicodeScalars.prefix(Self.mostItem)) + "…" : item
        return [FactView("Item", text, isCode: true)]
    }

    private var attempt: [FactView] {
        guard let attempt = found.attempt else { return [] }
        var rows: [FactView] = []
        if let code = attempt.exitCode { rows.append(FactView("Exit code", "\(code)")) }
        if let signal = attempt.signal { rows.append(FactView("Signal", SignalName.name(of: signal))) }
        rows.append(FactView("Runner", attempt.runner, link: "/runners"))
        if let runner { rows.append(FactView("Runner now", words(of: runner))) }
        if let process = attempt.processID { rows.append(FactView("Process", "\(process)")) }
        rows.append(FactView("Queued", Moment(attempt.intendedAt, now: now, seconds: true).text))
        if let started = attempt.startedAt {
            let wait = started - attempt.intendedAt
            let words = Moment(started, now: now, seconds: true).text
            rows.append(
                FactView("Started", wait > .seconds(1) ? "\(words), after \(DurationText.format(wait))" : words)
            )
        }
        if let ended = attempt.endedAt {
            rows.append(FactView("Ended", Moment(ended, now: now, seconds: true).text))
        }
        if let duration = attempt.duration { rows.append(FactView("Took", DurationText.format(duration))) }
        if let usual { rows.append(FactView("Usually", words(of: usual))) }
        if let time = attempt.processorTime { rows.append(FactView("CPU time", DurationText.format(time))) }
        if let memory = attempt.peakMemory { rows.append(FactView("Peak memory", Quantity.bytes(memory))) }
        return rows
    }

    private func words(of runner: RunnerRecord) -> String {
        var words = [RunnerRowView(runner, now: now).badge.word.lowercased()]
        if let contact = runner.lastContactAt { words.append("last heard from \(Self.age(of: contact, now: now))") }
        if let host = runner.hostName { words.append("host \(host)") }
        if let version = runner.version { words.append("Rota \(version)") }
        return words.joined(separator: ", ")
    }

    private static func age(of instant: Timestamp, now: Timestamp) -> String {
        let age = Moment.age(of: instant, now: now)
        return age == "now" ? "just now" : age
    }

    private func words(of usual: UsualDuration) -> String {
        let median = DurationText.format(usual.median)
        let long = usual.long.map { DurationText.format($0) } ?? median
        let limit = usual.successes >= 5 && long != median ? ", up to \(long)" : ""
        let count = usual.successes == 1 ? "1 success" : "\(usual.successes) successes"
        return "\(median)\(limit), in \(count)"
    }

    private var task: [FactView] {
        var rows: [FactView] = []
        if let pool = found.task.pool { rows.append(FactView("Pool", pool, link: "/pools")) }
        guard let definition, let task = definition.tasks.first(where: { $0.id == found.task.id }) else { return rows }
        if task.slots > 1 { rows.append(FactView("Slots", "\(task.slots)")) }
        if let timeout = task.timeout { rows.append(FactView("Timeout", DurationText.format(timeout))) }
        if task.retries.limit > 0 { rows.append(FactView("Retries", "up to \(task.retries.limit)")) }
        if !task.needs.isEmpty { rows.append(fact("Needs", task.needs)) }
        let next = definition.tasks.filter { $0.needs.contains(task.id) }.map(\.id)
        if !next.isEmpty { rows.append(fact("Needed by", next)) }
        if let directory = task.workingDirectory { rows.append(FactView("Directory", directory, isCode: true)) }
        if !task.shell.isEmpty {
            rows.append(FactView("Shell", task.shell.joined(separator: " "), isCode: true))
        }
        let names = (definition.environment + task.environment).map(\.name)
        if !names.isEmpty { rows.append(FactView("Env names", names.joined(separator: " "), isCode: true)) }
        if !task.secrets.isEmpty {
            rows.append(FactView("Secrets", task.secrets.map(\.name).joined(separator: " "), isCode: true))
        }
        return rows
    }

    private func fact(_ label: String, _ tasks: [String]) -> FactView {
        let rest = tasks.count - Self.mostTasks
        let links = tasks.prefix(Self.mostTasks).map { Link(path: Address.task(run, $0), text: $0) }
        return FactView(label, links: links, more: rest > 0 ? "and \(Quantity.grouped(rest)) more" : "")
    }

    private var dag: [FactView] {
        let number = found.attempt?.version ?? found.run.version
        let version = "\(Address.dag(run.dag))/code?version=\(number)"
        var rows = [FactView("Version", "\(number)", link: version)]
        if let owner = definition?.owner { rows.append(FactView("Owner", owner)) }
        if let runbook = definition?.runbook {
            let isWeb = runbook.hasPrefix("https://") || runbook.hasPrefix("http://")
            rows.append(FactView("Runbook", runbook, link: isWeb ? runbook : nil))
        }
        return rows
    }
}
