import Core
import Hummingbird
import Store

/// What the page of a task shows: its history in all runs of its DAG.
struct TaskHistoryView: Sendable {
    let name: String
    let dag: String
    let dagPath: String
    let isGone: Bool
    let facts: [TaskFactView]
    /// What it runs, as its file says; markup.
    let script: String?
    /// Markup.
    let trend: String
    let trendWords: String?
    let causes: [TaskCauseView]
    let hasCauses: Bool
    let causeWords: String
    let rows: [TaskOutcomeView]
    let hasRows: Bool
    let older: String?
    let newest: String?
}

/// Something about a task.
struct TaskFactView: Sendable {
    let label: String
    let value: String
    let links: [Link]
}

/// A sort of failure of a task.
struct TaskCauseView: Sendable {
    let sample: String
    let causePath: String
    let times: String
    let lastAge: String
    let lastPath: String
}

/// A task in one run.
struct TaskOutcomeView: Sendable {
    let badge: Badge
    let logical: Moment
    let runPath: String
    let taskPath: String
    let waited: String
    let took: String
    let attempts: String
    let runner: String
    /// That its failure counts as success; nil: it does not, or it has not failed.
    let allowedWords: String?
    let causeLine: String?
    let causeHref: String
    let version: Int
    let versionPath: String

    init(_ outcome: TaskOutcome, of run: RunRecord, task: String, now: Timestamp) {
        badge = Badge(outcome.state)
        logical = Moment(run.logicalDate, now: now)
        runPath = Address.run(run.name)
        let path = Address.task(run.name, task, mapIndex: outcome.mapIndex)
        taskPath = outcome.instances > 1 ? Address.task(run.name, task) : path
        waited =
            if let queued = outcome.queuedAt, let started = outcome.startedAt, queued < started {
                DurationText.format(started - queued)
            } else {
                ""
            }
        took = Self.length(outcome, now: now).map(DurationText.format) ?? ""
        let instances = outcome.instances > 1 ? " of \(Quantity.count(outcome.instances, "instance"))" : ""
        attempts = outcome.attempts == 0 ? "" : "\(Quantity.grouped(outcome.attempts))\(instances)"
        runner = outcome.runner ?? ""
        allowedWords = outcome.state == .failed && outcome.allowsFailure ? Ending.allowed : nil
        let isBad = outcome.state == .failed || outcome.state == .upForRetry
        causeLine = isBad ? outcome.cause?.split(separator: "\n").first.map(String.init) : nil
        causeHref = path + (outcome.causeLine.map { "?at=\($0)#L\($0)" } ?? "")
        version = run.version
        versionPath = "\(Address.dag(run.name.dag))/code?version=\(run.version)"
    }

    /// How long its last attempt took, or it has been going; of a mapped task, from its first start to its last end.
    static func length(_ outcome: TaskOutcome, now: Timestamp) -> Duration? {
        guard outcome.state != .upstreamFailed, outcome.attempts > 0, let started = outcome.startedAt else {
            return nil
        }
        return outcome.duration ?? max(.zero, (outcome.endedAt ?? now) - started)
    }
}

extension Site {
    /// How many runs a task's page shows at a time, and over how many its causes are counted.
    private static let outcomesPerPage = 50
    private static let causeRuns = 200

    /// Shows the history of a task.
    func taskPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let name = try context.part("task")
        let definition = try await definitions.definition(of: record)
        let past = try await taskPast(name, of: record, query(request))
        let path = "\(Address.dag(record.name))/tasks/\(Address.segment(name))"
        let view = TaskHistory(
            dag: record.name,
            name: name,
            task: definition?.tasks.first { $0.id == name },
            definition: definition,
            now: now
        )
        .view(past, older: past.next.map { "\(path)?after=\($0)" }, newest: past.isFirst ? nil : path)
        var page = PageView(title: "\(name), \(record.name) · Rota", section: .dags, refresh: past.isFirst ? 5 : nil)
        page.crumbs = [
            CrumbView("DAGs", path: "/dags"), CrumbView(record.name, path: Address.dag(record.name)), CrumbView(name),
        ]
        return respond(page, "task", view, to: request, context, now: now)
    }

    /// Reads a page of a task's history.
    func taskPast(_ name: String, of record: DAGRecord, _ fields: FormFields) async throws -> TaskPast {
        var cursor: RunCursor?
        if let text = fields.filled("after") {
            guard let place = RunCursor(text) else {
                throw RequestError.invalid("'after' is not a place in this history.")
            }
            cursor = place
        }
        let listing = try await store.runs(RunFilter(dag: record.name), after: cursor, limit: Self.causeRuns)
        let places = try await places(of: name, in: listing.items)
        let known = listing.items.filter { places[$0.versionRowID] != nil }
        let definition = try await definitions.definition(of: record)
        guard definition?.tasks.contains(where: { $0.id == name }) ?? false || !known.isEmpty else {
            let hint = Spelling.suggestion(for: name, among: definition?.tasks.map(\.id) ?? [])
            throw RequestError.notFound(
                "The DAG '\(record.name)' has no task '\(name.shortened)'\(hint.isEmpty ? "." : hint)",
                nearest: Link(path: Address.dag(record.name), text: record.name)
            )
        }
        func spots(_ runs: [RunRecord]) -> [Int] { runs.map { places[$0.versionRowID] ?? 0 } }
        let shown = Array(known.prefix(Self.outcomesPerPage))
        let outcomes = try await store.taskOutcomes(inRuns: shown.map(\.rowID), places: spots(shown))
        let byRun = Dictionary(outcomes.map { ($0.run, $0) }) { first, _ in first }
        let hasMore = known.count > shown.count || listing.next != nil
        let last = shown.last.map { RunCursor(at: $0.logicalDate, rowID: $0.rowID) } ?? listing.next
        return TaskPast(
            pairs: shown.compactMap { run in byRun[run.rowID].map { (run, $0) } },
            causes: try await store.taskCauses(inRuns: known.map(\.rowID), places: spots(known)),
            counted: known.count,
            isFirst: cursor == nil,
            next: hasMore ? last : nil
        )
    }

    /// Where a task stands in the files of the versions of some runs; versions without it are left out.
    private func places(of task: String, in runs: [RunRecord]) async throws -> [Int: Int] {
        var places: [Int: Int] = [:]
        var seen: Set<Int> = []
        for run in runs where seen.insert(run.versionRowID).inserted {
            let definition = try await definitions.definition(of: run)
            places[run.versionRowID] = definition?.tasks.firstIndex { $0.id == task }
        }
        return places
    }
}

/// A page of a task's history.
struct TaskPast: Sendable {
    /// Newest first.
    var pairs: [(run: RunRecord, outcome: TaskOutcome)]
    var causes: [TaskCause]
    /// Over how many runs causes were counted.
    var counted: Int
    var isFirst: Bool
    var next: RunCursor?
}

/// Makes a task's page of what is known about it.
struct TaskHistory {
    let dag: String
    let name: String
    let task: TaskDefinition?
    let definition: DAG?
    let now: Timestamp

    /// Fills the template's view.
    func view(_ past: TaskPast, older: String?, newest: String?) -> TaskHistoryView {
        let (pairs, causes, counted) = (past.pairs, past.causes, past.counted)
        let points = pairs.compactMap { _, outcome in
            outcome.endedAt == nil || outcome.state == .skipped
                ? nil
                : TaskOutcomeView.length(outcome, now: now).map {
                    TrendMarkup.Point(duration: $0, badge: Badge(outcome.state))
                }
        }
        let trend = TrendMarkup(points)
        let count = Quantity.count(points.count, "run")
        return TaskHistoryView(
            name: name,
            dag: dag,
            dagPath: Address.dag(dag),
            isGone: task == nil,
            facts: facts,
            script: script,
            trend: trend.svg(label: "Durations in \(count), newest first"),
            trendWords: points.count > 1
                ? "\(count), newest at the left: \(trend.words); the longest took \(DurationText.format(trend.longest))"
                    + trend.cutWords : nil,
            causes: causes.map {
                TaskCauseView(
                    sample: $0.sample.isEmpty ? "No error was printed" : $0.sample,
                    causePath: Address.failure($0.signature),
                    times: Quantity.count($0.failures, "failed attempt"),
                    lastAge: Moment.age(of: $0.lastSeen, now: now),
                    lastPath: Address.task($0.lastRun, name)
                )
            },
            hasCauses: !causes.isEmpty,
            causeWords: "Counted over the last \(Quantity.count(counted, "run")), retries included",
            rows: pairs.map { TaskOutcomeView($1, of: $0, task: name, now: now) },
            hasRows: !pairs.isEmpty,
            older: older,
            newest: newest
        )
    }

    private var script: String? {
        guard let task else { return nil }
        switch task.action {
        case .join: return nil
        case .run(let script): return ScriptMarkup.lines(script)
        case .http: return nil
        }
    }

    private var facts: [TaskFactView] {
        guard let task else { return [] }
        var facts: [TaskFactView] = []
        func add(_ label: String, _ value: String, _ links: [String] = []) {
            facts.append(
                TaskFactView(
                    label: label,
                    value: value,
                    links: links.map { Link(path: "\(Address.dag(dag))/tasks/\(Address.segment($0))", text: $0) }
                )
            )
        }
        func addTasks(_ label: String, _ names: [String]) {
            guard !names.isEmpty else { return }
            let rest = names.count - 20
            add(label, rest > 0 ? "and \(Quantity.grouped(rest)) more" : "", Array(names.prefix(20)))
        }
        addTasks("Needs", task.needs)
        addTasks("Needed by", (definition?.tasks ?? []).filter { $0.needs.contains(task.id) }.map(\.id))
        if task.triggerRule != .allSuccess { add("Runs when", Ending.plain(task.triggerRule.rawValue)) }
        if task.mapping != nil { add("Mapped", "one instance for each item") }
        if task.retries.limit > 0 { add("Retries", "up to \(task.retries.limit)") }
        if let timeout = task.timeout { add("Timeout", DurationText.format(timeout)) }
        if let pool = task.pool { add("Pool", "\(pool), \(Quantity.count(task.slots, "slot"))") }
        switch task.runner {
        case .any: break
        case .named(let runner): add("Runner", runner)
        case .labelled(let labels): add("Runner", "any with \(labels.joined(separator: ", "))")
        }
        if task.allowsFailure { add("Failure", "allowed: it counts as success, and blocks nothing") }
        if task.request != nil { add("Makes", "an HTTP request") }
        return facts
    }
}
