import Core
import Hummingbird
import Scheduler
import Store

/// What the list of incidents shows.
struct IncidentListView: Sendable {
    let rows: [IncidentRowView]
    let hasRows: Bool
    let isOpenList: Bool
    let more: String?
    let mutes: [MuteView]
    let hasMutes: Bool
    let formKey: String
}

/// One incident, in a list or on its page.
struct IncidentRowView: Sendable {
    let code: String
    let path: String
    let at: Moment
    let age: String
    let dag: String
    let dagPath: String
    let runPath: String
    let logical: Moment
    let task: String?
    /// Where the failing line is.
    let attemptPath: String
    let cause: String?
    let ending: String
    let more: String?
    let failurePath: String?
    let told: String
    let isToldBadly: Bool
    /// Who has acknowledged it; nil: nobody yet.
    let acknowledged: String?
    /// That its task succeeded since, and in which run; nil: it has not yet.
    let solved: String?
    let solvedPath: String?
    let solvedRun: String
    /// Whether it waits for somebody.
    let isOpen: Bool

    init(_ record: IncidentRecord, now: Timestamp) {
        code = record.code
        path = "/incidents/\(record.code)"
        at = Moment(record.at, now: now)
        age = Moment.age(of: record.at, now: now)
        dag = record.run.dag
        dagPath = Address.dag(record.run.dag)
        runPath = Address.run(record.run)
        logical = Moment(record.logicalDate, now: now)
        task = record.task.map { InstanceName.text($0, record.mapIndex) }
        attemptPath = Self.attemptPath(of: record)
        cause = record.cause
        ending = Self.ending(of: record)
        more = record.tasks > 1 ? "and \(Quantity.count(record.tasks - 1, "other task"))" : nil
        failurePath = record.signature.map(Address.failure)
        (told, isToldBadly) = Self.told(record, now: now)
        acknowledged = record.acknowledgedBy.map { who in
            "Acknowledged by \(Self.name(of: who))"
                + (record.acknowledgedAt.map { ", \(Moment($0, now: now).text)" } ?? "")
        }
        solved = record.solvedAt.map { at in
            let place = record.solvedBy == record.run ? "in the same run" : "by a later run"
            return "Solved \(place) \(Moment.age(of: at, now: now))"
        }
        solvedPath = record.solvedBy.flatMap { $0 == record.run ? nil : Address.run($0) }
        solvedRun = record.solvedBy?.key ?? ""
        isOpen = record.acknowledgedAt == nil && record.solvedAt == nil
    }

    /// How people are called who have no name here.
    static func name(of actor: String) -> String {
        switch actor {
        case "browser": "someone in a browser"
        case "owner": "the server's owner"
        default: actor.hasPrefix("token:") ? String(actor.dropFirst(6)) : actor
        }
    }

    /// The attempt's page at the failing line; where there is no attempt, the task's or the run's page.
    static func attemptPath(of record: IncidentRecord) -> String {
        let path = cardPath(of: record)
        guard record.task != nil else { return path }
        return record.causeLine.map { "\(path)?at=\($0)#L\($0)" } ?? path
    }

    /// The same page at its head, where the cause stands with what else one has to know.
    static func cardPath(of record: IncidentRecord) -> String {
        guard let task = record.task else { return Address.run(record.run) }
        return Address.task(record.run, task, mapIndex: record.mapIndex, attempt: record.attempt)
    }

    private static func ending(of record: IncidentRecord) -> String {
        switch record.attemptState {
        case .failed:
            if let signal = record.signal { return "Killed by \(SignalName.name(of: signal))" }
            return record.exitCode.map { "Exit code \($0)" } ?? "Could not be started"
        case .some(let state): return Badge(state).word
        case nil: break
        }
        switch record.reason {
        case "missed_deadline": return "Did not start before its deadline"
        case "timed_out" where record.task == nil: return "The run took longer than its timeout"
        case let reason?: return RequestError.capitalized(reason)
        case nil: return "Failed without an attempt"
        }
    }

    private static func told(_ record: IncidentRecord, now: Timestamp) -> (words: String, isBad: Bool) {
        if record.isMuted { return ("no message was sent: muted", false) }
        guard !record.deliveries.isEmpty else { return ("no message: rota.yaml names nobody to send it to", false) }
        var isBad = false
        let words = record.deliveries.map { delivery -> String in
            if let at = delivery.deliveredAt { return "\(delivery.target) told \(Moment.age(of: at, now: now))" }
            guard let error = delivery.error else { return "\(delivery.target): on its way" }
            isBad = true
            let next = delivery.nextTryAt.map { "next try \(Moment.age(of: max($0, now), now: now))" } ?? "given up"
            return
                "\(delivery.target) not told after \(Quantity.count(delivery.tries, "try").replacing("trys", with: "tries")) (\(error)), \(next)"
        }
        return (words.joined(separator: "; "), isBad)
    }
}

/// A mute in force.
struct MuteView: Sendable {
    let what: String
    let path: String
    let until: Moment
    let by: String
    let endPath: String

    init(_ record: MuteRecord, now: Timestamp) {
        what = record.dag.map { "All failures of \($0)" } ?? record.cause ?? "Failure \(record.signature ?? 0)"
        path = record.dag.map(Address.dag) ?? record.signature.map(Address.failure) ?? "/failures"
        until = Moment(record.until, now: now)
        by = record.actor + (record.reason.map { ": \($0)" } ?? "")
        endPath = "/mutes/\(record.id)/end"
    }
}

/// What an incident's own page shows.
struct IncidentView: Sendable {
    let row: IncidentRowView
    let canAcknowledge: Bool
    let canMuteCause: Bool
    let owner: String?
    let runbook: String?
    let retryPath: String
    /// The mutes by which people are not told of its like.
    let mutes: [MuteView]
    let hasMutes: Bool
    let formKey: String
    let spans: [PairView]
}

extension Site {
    /// Leads from a message to the failing line.
    func followIncident(_ request: Request, _ context: WebContext) async throws -> Response {
        redirect(to: IncidentRowView.cardPath(of: try await requireIncident(context)))
    }

    /// Lists incidents: those that are open, or all.
    func incidentList(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let fields = query(request)
        let isOpen = fields["all"] != "1"
        let before = fields["before"].flatMap { Int($0) }
        let listing = try await store.incidents(before: before, isOpen: isOpen, limit: 50)
        let mutes = try await store.mutes()
        let view = IncidentListView(
            rows: listing.items.map { IncidentRowView($0, now: now) },
            hasRows: !listing.items.isEmpty,
            isOpenList: isOpen,
            more: listing.next.map { "/incidents?before=\($0)\(isOpen ? "" : "&all=1")" },
            mutes: mutes.map { MuteView($0, now: now) },
            hasMutes: !mutes.isEmpty,
            formKey: context.visitor.formKey
        )
        let page = PageView(title: "Incidents · Rota", section: .incidents, refresh: 5)
        return respond(page, "incidents", view, to: request, context, now: now)
    }

    /// Shows one incident: what failed, who was told, who has acknowledged it, and what solved it.
    func incidentPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let record = try await requireIncident(context)
        let dag = try await store.dag(record.run.dag)
        let definition: DAG? = if let dag { try await definitions.definition(of: dag) } else { nil }
        let mutes = try await store.mutes().filter { mute in
            mute.dag == record.run.dag || (mute.signature != nil && mute.signature == record.signature)
        }
        let view = IncidentView(
            row: IncidentRowView(record, now: now),
            canAcknowledge: record.acknowledgedAt == nil && record.solvedAt == nil,
            canMuteCause: record.signature != nil,
            owner: definition?.owner,
            runbook: definition?.runbook.flatMap { $0.hasPrefix("http://") || $0.hasPrefix("https://") ? $0 : nil },
            retryPath: "\(Address.run(record.run))/clear?failed=1&downstream=1",
            mutes: mutes.map { MuteView($0, now: now) },
            hasMutes: !mutes.isEmpty,
            formKey: context.visitor.formKey,
            spans: [("1h", "1 hour"), ("8h", "8 hours"), ("1d", "1 day"), ("7d", "7 days")].map {
                PairView(name: $0.0, value: $0.1)
            }
        )
        var page = PageView(title: "Incident \(record.code) · Rota", section: .incidents, refresh: 5)
        page.crumbs = [CrumbView("Incidents", path: "/incidents"), CrumbView(record.code)]
        page.mood = record.solvedAt == nil ? "failed" : "success"
        return respond(page, "incident", view, to: request, context, now: now)
    }

    /// Notes that the visitor has taken an incident up.
    func acknowledgeIncident(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let code = try context.part("code")
        let next = fields.filled("next").flatMap { Address.isLocal($0) && !$0.contains("?") ? $0 : nil }
        let place = next ?? "/incidents/\(Address.segment(code))"
        return try await act(fields, request, again: { _ in place }) { operations in
            try await operations.acknowledge(incident: code, actor: context.visitor.actor)
            return Banner.path(place, done: "acknowledged")
        }
    }

    /// Mutes an incident's cause or its DAG.
    func muteIncident(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let code = try context.part("code")
        guard let span = fields.filled("for").flatMap({ DurationText.parse($0) }) else {
            throw RequestError.invalid("Say for how long, such as 8h.")
        }
        return try await act(fields, request, again: { _ in "/incidents" }) { operations in
            _ = try await operations.mute(
                incident: code,
                wholeDAG: fields["what"] == "dag",
                for: span,
                reason: fields.filled("reason"),
                actor: context.visitor.actor
            )
            return Banner.path("/incidents", done: "muted")
        }
    }

    /// Ends a mute.
    func endMute(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let id = Int(try context.parameters.require("id")) ?? 0
        return try await act(fields, request, again: { _ in "/incidents" }) { operations in
            try await operations.unmute(id, actor: context.visitor.actor)
            return Banner.path("/incidents", done: "unmuted")
        }
    }

    private func requireIncident(_ context: WebContext) async throws -> IncidentRecord {
        let code = try context.part("code")
        if let record = try await store.incident(code) { return record }
        throw RequestError.notFound(
            "There is no incident '\(code.shortened)'. Was its run removed by retention?",
            nearest: Link(path: "/incidents", text: "All incidents")
        )
    }
}
