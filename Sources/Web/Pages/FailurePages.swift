import Core
import Hummingbird
import Store

/// What the list of sorts of failure shows.
struct FailureListView: Sendable {
    let rows: [FailureRowView]
    let hasRows: Bool
    let more: String?
}

/// One sort of failure in the list.
struct FailureRowView: Sendable {
    let path: String
    let cause: String
    let ending: String
    /// The task, runner or host that it is limited to, where the cause does not say so.
    let limit: String?
    let count: String
    let dags: String
    let first: Moment
    let last: Moment
    let lastAge: String

    private static let mostDAGs = 3

    init(_ record: SignatureRecord, now: Timestamp) {
        path = Address.failure(record.id)
        cause = SignatureWords.name(record)
        ending = SignatureWords.ending(record)
        limit = record.sample.isEmpty ? nil : SignatureWords.limit(record)
        count = Quantity.grouped(record.failures)
        let rest = record.dags.count - Self.mostDAGs
        dags = record.dags.prefix(Self.mostDAGs).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
        first = Moment(record.firstSeen, now: now)
        last = Moment(record.lastSeen, now: now)
        lastAge = Moment.age(of: record.lastSeen, now: now)
    }
}

/// What the page of one sort of failure shows.
struct FailureView: Sendable {
    let badge: Badge
    let ending: String
    let limit: String?
    let name: String
    let cause: String?
    let template: String?
    let first: Moment
    let firstAge: String
    let last: Moment
    let lastAge: String
    let often: String
    let counted: String?
    let tasks: [FailurePlaceView]
    let runners: [FailurePlaceView]
    let hasPlaces: Bool
    let failures: [SignedFailureView]
    let hasFailures: Bool
    let newest: String
}

/// A task or a runner, and how many of the failures were there.
struct FailurePlaceView: Sendable {
    let words: String
    let path: String
    let note: String?
    let count: String
    let last: Moment
}

/// One failed attempt.
struct SignedFailureView: Sendable {
    let ended: Moment
    let dag: String
    let dagPath: String
    let logical: Moment
    let runPath: String
    let task: String
    let path: String
    let attempt: Int
    let runner: String

    init(_ failure: SignedFailure, now: Timestamp) {
        ended = Moment(failure.endedAt, now: now)
        dag = failure.run.dag
        dagPath = Address.dag(failure.run.dag)
        logical = Moment(failure.logicalDate, now: now)
        runPath = Address.run(failure.run)
        task = InstanceName.text(failure.task, failure.mapIndex)
        let address = Address.task(failure.run, failure.task, mapIndex: failure.mapIndex, attempt: failure.attempt)
        path = failure.causeLine.map { "\(address)?at=\($0)#L\($0)" } ?? address
        attempt = failure.attempt
        runner = failure.runner
    }
}

extension Site {
    private static let failuresPerPage = 50

    /// Lists sorts of failure.
    func failureList(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let cursor = try query(request).filled("after").map { text in
            guard let cursor = RunCursor(text) else {
                throw RequestError.invalid("'after' is not a place in this list. Begin again at /failures.")
            }
            return cursor
        }
        let listing = try await store.signatures(after: cursor, limit: Self.failuresPerPage)
        let view = FailureListView(
            rows: listing.items.map { FailureRowView($0, now: now) },
            hasRows: !listing.items.isEmpty,
            more: listing.next.map { "/failures?after=\($0)" }
        )
        let page = PageView(title: "Failures · Rota", section: .failures, refresh: 5)
        return respond(page, "failures", view, to: request, context, now: now)
    }

    /// Shows one sort of failure: what it is, since when, how often and where.
    func failurePage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let id = try context.parameters.require("id")
        guard let number = Int(id), let record = try await store.signature(number) else {
            let all = Link(path: "/failures", text: "all failures")
            throw RequestError.notFound("There is no failure '\(id.shortened)'.", nearest: all)
        }
        let spread = try await store.spread(ofSignature: number)
        let newest = try await store.failures(ofSignature: number, limit: 30)
        let view = Self.view(record, spread, newest, now: now)
        var page = PageView(
            title: "\(view.ending): \(SignatureWords.name(record).shortened) · Rota",
            section: .failures
        )
        page.refresh = 5
        page.mood = "failed"
        page.crumbs = [CrumbView("Failures", path: "/failures"), CrumbView("\(number)")]
        return respond(page, "failure", view, to: request, context, now: now)
    }

    private static func view(
        _ record: SignatureRecord,
        _ spread: SignatureSpread,
        _ newest: [SignedFailure],
        now: Timestamp
    ) -> FailureView {
        let runs = "\(Quantity.count(spread.runs, "run")) of \(Quantity.count(spread.taskCount, "task"))"
        let isWhole = spread.failures == record.failures
        return FailureView(
            badge: Badge(record.state),
            ending: SignatureWords.ending(record),
            limit: SignatureWords.limit(record),
            name: SignatureWords.name(record),
            cause: record.sample.isEmpty ? nil : record.sample,
            template: record.template.isEmpty || record.template == record.sample ? nil : record.template,
            first: Moment(record.firstSeen, now: now),
            firstAge: Moment.age(of: record.firstSeen, now: now),
            last: Moment(record.lastSeen, now: now),
            lastAge: Moment.age(of: record.lastSeen, now: now),
            often: "\(Quantity.count(record.failures, "failed attempt"))" + (isWhole ? " in \(runs)" : ""),
            counted: isWhole
                ? nil : "The tables below count the newest \(Quantity.grouped(spread.failures)) of them, in \(runs).",
            tasks: spread.tasks.map { task in
                FailurePlaceView(
                    words: "\(task.dag) / \(task.task)",
                    path: Address.dag(task.dag),
                    note: nil,
                    count: Quantity.grouped(task.failures),
                    last: Moment(task.lastSeen, now: now)
                )
            },
            runners: spread.runners.map { runner in
                FailurePlaceView(
                    words: runner.name,
                    path: "/runners",
                    note: runner.host.flatMap { $0 == runner.name ? nil : "on \($0)" },
                    count: Quantity.grouped(runner.failures),
                    last: Moment(runner.lastSeen, now: now)
                )
            },
            hasPlaces: !spread.tasks.isEmpty,
            failures: newest.map { SignedFailureView($0, now: now) },
            hasFailures: !newest.isEmpty,
            newest: newest.count < spread.failures ? "Newest \(newest.count) failed attempts" : "All failed attempts"
        )
    }
}
