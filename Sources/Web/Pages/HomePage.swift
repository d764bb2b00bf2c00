import Core
import Hummingbird
import Scheduler
import Store

/// What the first page shows: what needs someone, what runs, what comes, how we do.
struct HomeView: Sendable {
    let silence: String?
    /// Why no schedule is decided; nil: they are.
    let halt: String?
    /// That schedules rest because the database's clock was set back; nil: it was not.
    let setBack: String?
    let formKey: String
    let failing: [FailingView]
    let hasFailing: Bool
    /// The newest failure of all, where nothing needs anybody.
    let lastFailure: LastFailureView?
    let needsCount: Int?
    /// What is counted there.
    let needsWords: String
    /// How many incidents nobody looks after; nil: none.
    let incidents: String?
    let stuck: [StuckView]
    let hasStuck: Bool
    let broken: [BrokenFileView]
    let hasBroken: Bool
    let running: [RunningView]
    let hasRunning: Bool
    let upcoming: [UpcomingView]
    let hasUpcoming: Bool
    let health: [HealthView]
}

/// A failure of the past.
struct LastFailureView: Sendable {
    let age: String
    let path: String
    let words: String

    init(_ record: IncidentRecord, now: Timestamp) {
        age = Moment.age(of: record.at, now: now)
        path = IncidentRowView.attemptPath(of: record)
        let cause = record.cause?.split(separator: "\n").first.map { ": \($0)" } ?? ""
        words = "\(record.run.dag)\(record.task.map { ", \($0)" } ?? "")\(cause)"
    }
}

/// A DAG that fails, or several for the same cause.
struct FailingView: Sendable {
    let badge: Badge
    let dag: String
    /// How many others fail for the same cause; nil: none.
    let alike: String?
    /// The names of some others.
    let also: String?
    /// How often this sort of failure was seen.
    let seen: String?
    let signaturePath: String?
    let retryWords: String
    let dagPath: String
    let runPath: String
    let logical: Moment
    let task: String?
    let taskPath: String?
    let cause: String?
    let causePath: String?
    let ending: String
    let endedISO: String
    let age: String
    let streak: String?
    let others: String?
    let retryPath: String
    let incidentPath: String?
    let acknowledged: String?

    /// `near`: The cause among its neighbours, where it tells too little by itself.
    init(_ failing: FailingDAG, near: [LogLine], now: Timestamp) {
        badge = .failed
        dag = failing.run.dag
        alike = Self.alike(failing)
        also = Self.also(failing)
        seen = Self.seen(failing, now: now)
        signaturePath = failing.signature.map(Address.failure)
        retryWords = failing.runs > 1 ? "Clear and retry the newest…" : "Clear and retry…"
        dagPath = Address.dag(failing.run.dag)
        runPath = Address.run(failing.run)
        logical = Moment(failing.logicalDate, now: now)
        let taskPath = failing.task.map { Address.task(failing.run, $0, mapIndex: failing.mapIndex) }
        self.taskPath = taskPath
        task = failing.task.map { InstanceName.text($0, failing.mapIndex) }
        cause = near.isEmpty ? failing.cause : near.map(CauseContext.text).joined(separator: "\n")
        causePath = taskPath.map { path in failing.causeLine.map { "\(path)?at=\($0)#L\($0)" } ?? path }
        ending = Self.ending(failing)
        endedISO = failing.endedAt.rfc3339Seconds
        age = Moment.age(of: failing.endedAt, now: now)
        streak = failing.failuresInARow > 1 ? "the DAG's last \(failing.failuresInARow) runs failed" : nil
        others =
            failing.failedTasks > 1
            ? "\(Quantity.count(failing.failedTasks - 1, "other task")) of this run failed" : nil
        retryPath = "\(Address.run(failing.run))/clear?failed=1&downstream=1"
        incidentPath = failing.incident.map { "/incidents/\($0)" }
        acknowledged = failing.acknowledgedBy.map { "acknowledged by \(IncidentRowView.name(of: $0))" }
    }

    private static func alike(_ failing: FailingDAG) -> String? {
        if failing.dagCount > 1 { return "and \(Quantity.count(failing.dagCount - 1, "more DAG")), same cause" }
        return failing.runs > 1 ? "\(Quantity.grouped(failing.runs)) runs, same cause" : nil
    }

    private static func also(_ failing: FailingDAG) -> String? {
        guard failing.dagCount > 1 else { return nil }
        let others = failing.dags.filter { $0 != failing.run.dag }.prefix(6)
        let rest = failing.dagCount - 1 - others.count
        return "Also " + others.joined(separator: ", ") + (rest > 0 ? " and \(Quantity.grouped(rest)) more" : "")
    }

    private static func seen(_ failing: FailingDAG, now: Timestamp) -> String? {
        guard let first = failing.firstSeen, let count = failing.seen else { return nil }
        if let began = failing.began, first >= began { return "new cause" }
        return "\(Quantity.count(count, "attempt")) failed so since \(Moment(first, now: now).text)"
    }

    private static func ending(_ failing: FailingDAG) -> String {
        switch failing.attemptState {
        case .failed:
            if let signal = failing.signal { return "Killed by \(SignalName.name(of: signal))" }
            return failing.exitCode.map { "Exit code \($0)" }
                ?? (failing.runner == RequestOrder.runnerName ? "The request failed" : "Could not be started")
        // One that went well is not why a task failed that a person has marked.
        case .success, nil:
            if let reason = failing.reason { return RequestError.capitalized(Ending.plain(reason)) }
            return failing.task == nil ? "The run failed" : "Failed without an attempt"
        case .some(let state): return Badge(state).word
        }
    }
}

/// A task or a runner that somebody has to look after.
struct StuckView: Sendable {
    let badge: Badge
    let dag: String?
    let dagPath: String?
    let run: String?
    let runPath: String?
    let task: String
    let path: String
    let reason: String
    let since: String

    init(_ stuck: StuckTask, now: Timestamp) {
        badge = stuck.silentRunner == nil ? Badge(TaskState.queued) : Badge(AttemptState.unreachable)
        dag = stuck.run.dag
        dagPath = Address.dag(stuck.run.dag)
        run = Moment(stuck.logicalDate, now: now).text
        runPath = Address.run(stuck.run)
        path = Address.task(stuck.run, stuck.task, mapIndex: stuck.mapIndex)
        task = InstanceName.text(stuck.task, stuck.mapIndex)
        reason =
            if let runner = stuck.silentRunner {
                "Runner \(runner): \(stuck.reason.isEmpty ? "no answer" : stuck.reason)"
            } else {
                "Waits in vain: \(HoldWords.of(stuck.reason))"
            }
        since = Moment.age(of: stuck.since, now: now)
    }

    /// A run that goes on far longer than usual while others of its DAG wait behind it.
    init?(_ running: RunningRun, now: Timestamp) {
        guard running.waitingBehind > 0, running.isOverdue, let started = running.startedAt, let took = running.took,
            let usual = running.usual
        else { return nil }
        badge = Badge(RunState.running)
        dag = running.run.dag
        dagPath = Address.dag(running.run.dag)
        run = Moment(running.logicalDate, now: now).text
        runPath = Address.run(running.run)
        task = Quantity.count(running.waitingBehind, "run") + " waiting behind it"
        path = "\(Address.dag(running.run.dag))/runs?state=queued"
        reason = "Running for \(DurationText.format(took)), usually \(DurationText.format(usual))"
        since = "started \(Moment.age(of: started, now: now))"
    }

    /// A runner that does not answer and was at work not long ago.
    init?(_ runner: RunnerRecord, now: Timestamp) {
        guard runner.state != .online, runner.kind != .requests, let contact = runner.lastContactAt else { return nil }
        guard runner.attemptsInFlight > 0 || now - contact < .seconds(86_400) else { return nil }
        badge = Badge(AttemptState.unreachable)
        dag = nil
        dagPath = nil
        run = nil
        runPath = nil
        task = "Runner \(runner.name)"
        path = "/runners"
        reason = runner.reason ?? "no server acts for it"
        since = "last heard from \(Moment.age(of: contact, now: now))"
    }
}

/// A run under way.
struct RunningView: Sendable {
    let badge: Badge
    let dag: String
    let dagPath: String
    let runPath: String
    let logical: Moment
    let tasks: Int
    let done: Int
    let progress: String
    let since: String?

    init(_ run: RunningRun, now: Timestamp) {
        badge = Badge(run.state)
        dag = run.run.dag
        dagPath = Address.dag(run.run.dag)
        runPath = Address.run(run.run)
        logical = Moment(run.logicalDate, now: now)
        tasks = max(1, run.tasks)
        done = run.tasks - run.unfinished
        progress = "\(done) of \(Quantity.count(run.tasks, "task")) ended"
        let usually = run.usual.map { ", usually \(DurationText.format($0))" } ?? ""
        since =
            if let took = run.took, run.state == .running {
                "for \(DurationText.format(took))\(usually)"
            } else {
                run.runAfter > now ? "starts \(Moment.age(of: run.runAfter, now: now))" : nil
            }
    }
}

/// A scheduled instant.
struct UpcomingView: Sendable {
    let dag: String
    let dagPath: String
    let at: Moment
    let age: String
}

/// One line about the program itself.
struct HealthView: Sendable {
    let label: String
    let words: String
    let isBad: Bool

    init(label: String, words: String, isBad: Bool) {
        self.label = label
        self.words = words
        self.isBad = isBad
    }

    /// Messages that nobody takes.
    init(_ undelivered: IncidentSummary.Undelivered) {
        label = "Messages"
        words =
            "\(Quantity.count(undelivered.messages, "message")) to \(undelivered.target) not taken: \(undelivered.error)"
        isBad = true
    }
}

extension Site {
    /// Shows the first page.
    func home(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let failing = try await store.failingDAGs(limit: 50)
        let silent = try await store.runners().compactMap { StuckView($0, now: now) }
        let stuck = try await store.stuckTasks(limit: 50).map { StuckView($0, now: now) }
        let broken = try await store.fileErrors().prefix(20).map(BrokenFileView.init)
        let live = try await store.runningRuns(limit: 50)
        let running = live.map { RunningView($0, now: now) }
        let inTheWay = live.compactMap { StuckView($0, now: now) }
        let upcoming = try await store.upcomingTicks(limit: 10).map { tick in
            UpcomingView(
                dag: tick.dag,
                dagPath: Address.dag(tick.dag),
                at: Moment(tick.at, now: now),
                age: tick.at < now ? "due" : Moment.age(of: tick.at, now: now)
            )
        }
        let fleet = try await store.fleetHealth()
        let incidents = try await store.incidentSummary()
        let needs = failing.count + silent.count + stuck.count + inTheWay.count + broken.count
        let last = needs > 0 ? nil : try await store.incidents(isOpen: false, limit: 1).items.first
        let view = HomeView(
            silence: Self.silence(of: fleet, now: now),
            halt: Self.halt(try await store.perform { try $0.clockAndHalt() }.halt, now: now),
            setBack: Self.setBack(try await store.perform { try $0.schedulesAhead() }, now: now),
            formKey: context.visitor.formKey,
            failing: try await failingViews(failing, now: now),
            hasFailing: !failing.isEmpty,
            lastFailure: last.map { LastFailureView($0, now: now) },
            needsCount: needs == 0 ? nil : needs,
            needsWords: [
                (failing.count, failing.count == 1 ? "cause of failure" : "causes of failure"),
                (inTheWay.count, inTheWay.count == 1 ? "run in the way" : "runs in the way"),
                (stuck.count, stuck.count == 1 ? "task that waits in vain" : "tasks that wait in vain"),
                (silent.count, silent.count == 1 ? "silent runner" : "silent runners"),
                (broken.count, broken.count == 1 ? "broken file" : "broken files"),
            ]
            .filter { $0.0 > 0 }.map { "\(Quantity.grouped($0.0)) \($0.1)" }.joined(separator: ", "),
            incidents: incidents.open == 0
                ? nil
                : "\(Quantity.count(incidents.open, "open incident")) of the last 7 days: not solved, and acknowledged by nobody",
            stuck: silent + inTheWay + stuck,
            hasStuck: !silent.isEmpty || !inTheWay.isEmpty || !stuck.isEmpty,
            broken: broken,
            hasBroken: !broken.isEmpty,
            running: running,
            hasRunning: !running.isEmpty,
            upcoming: upcoming,
            hasUpcoming: !upcoming.isEmpty,
            health: Self.health(of: fleet, now: now) + incidents.undelivered.map { HealthView($0) }
        )
        let dags = failing.reduce(0) { $0 + $1.dagCount }
        let title = failing.isEmpty ? "Now · Rota" : "\(Quantity.count(dags, "DAG")) failing · Rota"
        var page = PageView(title: title, section: .now, refresh: 5)
        page.mood = failing.isEmpty ? "success" : "failed"
        return respond(page, "home", view, to: request, context, now: now)
    }

    private func failingViews(_ failing: [FailingDAG], now: Timestamp) async throws -> [FailingView] {
        var views: [FailingView] = []
        for each in failing {
            var near: [LogLine] = []
            if let attempt = each.attemptID, let cause = each.cause, let line = each.causeLine {
                near = try await CauseContext.lines(of: attempt, cause: cause, line: line, in: store)
            }
            views.append(FailingView(each, near: near, now: now))
        }
        return views
    }

    /// A server says so every few seconds; this long without a word means that nothing is scheduled.
    private static let longestSilence = Duration.seconds(30)

    private static func silence(of fleet: FleetHealth, now: Timestamp) -> String? {
        guard let newest = fleet.servers.first, now - newest.lastSeen > longestSilence else { return nil }
        return "No scheduler has been heard of for \(DurationText.format(now - newest.lastSeen)). "
            + "Nothing new is started; running tasks go on."
    }

    private static func halt(_ halt: ScheduleHalt?, now: Timestamp) -> String? {
        guard let halt else { return nil }
        return "The database's clock jumped forward by \(DurationText.format(halt.jump)), to "
            + "\(Moment(halt.at, now: now).text). No schedule is decided until someone says that this is right; what "
            + "passed meanwhile is then caught up with, as each schedule wants it."
    }

    private static func setBack(_ ahead: SchedulesAhead?, now: Timestamp) -> String? {
        guard let ahead else { return nil }
        let first = Moment(ahead.first, now: now, seconds: true).text
        let last = Moment(ahead.last, now: now, seconds: true).text
        let span = first == last ? "until \(first)" : "until \(first), the last of them until \(last)"
        return "The database's clock was set back. \(Quantity.count(ahead.count, "schedule")) "
            + "\(ahead.count == 1 ? "rests" : "rest") \(span): up to then everything has been decided already."
    }

    /// Lets schedules be decided again.
    func resumeSchedules(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        return try await act(fields, request, again: { _ in "/" }) { operations in
            try await operations.resumeSchedules(actor: context.visitor.actor)
            return "/"
        }
    }

    private static func health(of fleet: FleetHealth, now: Timestamp) -> [HealthView] {
        var lines: [HealthView] = []
        let alive = fleet.servers.filter { now - $0.lastSeen <= longestSilence }
        let names = alive.map(\.host).joined(separator: ", ")
        let words = alive.isEmpty ? "none heard of" : "\(Quantity.count(alive.count, "server")): \(names)"
        lines.append(HealthView(label: "Scheduler", words: words, isBad: alive.isEmpty))
        for server in alive {
            guard let skew = server.skew, skew.isFar else { continue }
            let words = "\(server.host) is \(skew.words) the database, by which everything runs"
            lines.append(HealthView(label: "Clock", words: words, isBad: true))
        }
        let down = fleet.runners - fleet.runnersOnline
        let runners =
            down == 0 ? "\(fleet.runnersOnline) online" : "\(fleet.runnersOnline) online, \(down) not answering"
        lines.append(HealthView(label: "Runners", words: runners, isBad: fleet.runnersOnline == 0))
        let tasks = "\(Quantity.grouped(fleet.runningTasks)) running, \(Quantity.grouped(fleet.queuedTasks)) queued"
        lines.append(HealthView(label: "Tasks", words: tasks, isBad: false))
        if !fleet.fullPools.isEmpty {
            let pools = fleet.fullPools.joined(separator: ", ")
            lines.append(HealthView(label: "Full pools", words: pools, isBad: true))
        }
        return lines
    }
}
