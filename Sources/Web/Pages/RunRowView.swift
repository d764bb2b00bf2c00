import Core
import Store

/// A run in a listing.
struct RunRowView: Sendable {
    let badge: Badge
    let why: String?
    let showDAG: Bool
    let dag: String
    let dagPath: String
    let path: String
    let key: String
    let logical: Moment
    let kind: String
    let started: Moment?
    let took: String
    let tasks: String

    init(_ run: RunRecord, showDAG: Bool, now: Timestamp) {
        badge = Badge(run.state)
        // Which tasks failed would make a row grow at the moment of its end; how many did stands in it.
        why = run.state == .failed && !run.isCancelRequested ? nil : run.reason.map(Ending.plain)
        self.showDAG = showDAG
        dag = run.name.dag
        dagPath = Address.dag(run.name.dag)
        path = Address.run(run.name)
        key = run.name.key
        logical = Moment(run.logicalDate, now: now)
        kind = Self.kind(of: run)
        started = run.startedAt.map { Moment($0, now: now, seconds: true) }
        took = Self.took(run, now: now)
        let done = run.taskCount - run.unfinishedCount
        let failed = run.failureCount > 0 ? ", \(Quantity.grouped(run.failureCount)) failed or blocked" : ""
        tasks = "\(Quantity.grouped(done))/\(Quantity.grouped(run.taskCount))\(failed)"
    }

    /// Why a run exists, with who made it where a person did.
    static func kind(of run: RunRecord) -> String {
        switch run.type {
        case .scheduled: "scheduled"
        case .manual: "manual, by \(run.actor)"
        case .backfill: run.backfillID.map { "backfill \($0)" } ?? "backfill"
        case .event: "event"
        }
    }

    /// How long a run took or has been going; what it rested between its end and a clear does not count.
    static func took(_ run: RunRecord, now: Timestamp) -> String {
        run.took(now: now).map(DurationText.format) ?? ""
    }
}
