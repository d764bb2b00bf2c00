import BrowserKit
import Core
import TestKit

extension ExampleSite {
    /// A path of each sort of page, with a name for sentences.
    func pages() async throws -> [(name: String, path: String)] {
        let (failed, succeeded, parts) = (try run("failed"), try run("succeeded"), try run("parts"))
        let (many, running) = (try run("many"), try run("running"))
        let failures = try await first(of: "failures", "id")
        let incident = try await first(of: "incidents", "code")
        let backfill = try await first(of: "backfills", "id")
        return [
            ("Now", "/"), ("DAGs", "/dags"), ("grid", "/dags/sales_daily"), ("grid of many", "/dags/many"),
            ("graph of a DAG", "/dags/sales_daily/graph"), ("graph of many", "/dags/many/graph"),
            ("history of a task", "/dags/sales_daily/tasks/load_orders"),
            ("only failed", "/dags/sales_daily?only=failed"),
            ("DAG never run", "/dags/never"), ("runs of a DAG", "/dags/sales_daily/runs"),
            ("calendar", "/dags/nightly/calendar"), ("code", "/dags/sales_daily/code"),
            ("versions", "/dags/nightly/versions/v1..v2"), ("an older version", "/dags/nightly/code?version=1"),
            ("trigger", "/dags/typed/trigger"), ("pause", "/dags/nightly/pause"),
            ("resume", "/dags/nightly/resume"), ("clear runs", "/dags/sales_daily/clear"),
            ("clear runs, previewed", "/dags/sales_daily/clear?from=2020-01-01&to=2099-01-01&failed=1"),
            ("runs", "/runs"),
            ("filtered runs", "/runs?state=failed"), ("empty runs", "/runs?dag=never&state=success"),
            ("failed run", failed), ("run that succeeded", succeeded), ("run of many", many),
            ("run under way", running), ("task under way", "\(running)/tasks/wait"),
            ("tasks of a run", "\(many)/tasks?state=failed"), ("Gantt chart", "\(failed)/gantt"),
            ("Gantt chart of many", "\(many)/gantt"), ("graph of a run", "\(failed)/graph"),
            ("graph of a mapped run", "\(parts)/graph"), ("run again", "\(failed)/rerun"),
            ("run again as it is now", "\(failed)/rerun?mode=as_it_is_now"), ("cancel", "\(running)/cancel"),
            ("clear with what is after", "\(running)/clear?task=first&downstream=1"),
            ("clear nothing", "\(succeeded)/clear?failed=1"),
            ("mapped run", parts), ("clear", "\(failed)/clear?failed=1"),
            ("clear of a task", "\(failed)/clear?task=load_orders&downstream=1&failed=1"),
            ("mark", "\(failed)/mark?task=load_orders"),
            ("failed attempt", "\(failed)/tasks/load_orders"),
            ("attempt at a line", "\(failed)/tasks/load_orders?at=9"),
            ("compare", "\(failed)/tasks/load_orders/compare?with=last-success"),
            ("attempt that succeeded", "\(succeeded)/tasks/load_orders"), ("blocked task", "\(failed)/tasks/report"),
            ("mapped task", "\(parts)/tasks/part"), ("mapped instance", "\(parts)/tasks/part/m2"),
            ("failures", "/failures"), ("failure", "/failures/\(failures)"), ("incidents", "/incidents"),
            ("all incidents", "/incidents?all=1"),
            ("incident", "/incidents/\(incident)"), ("runners", "/runners"), ("runner", "/runners/here"),
            ("pools", "/pools"),
            ("pool", "/pools/warehouse"), ("backfills", "/backfills"),
            ("new backfill", "/backfills/new?dag=nightly"), ("backfill", "/backfills/\(backfill)"),
            ("backfill with its plan", "/backfills/new?dag=nightly&from=2026-08-01&to=2026-08-09"),
            ("search", "/search?q=load"), ("search for nothing", "/search?q=zzz"),
            ("search in a log", "\(failed)/tasks/load_orders?q=chunk&ctx=1"),
            ("sign in", "/login"), ("missing page", "/dags/sales_dialy"),
            ("missing page of a DAG", "/dags/sales_daily/nothing"),
            ("missing task", "\(failed)/tasks/laod_orders"), ("wrong query", "/dags/nightly/calendar?year=1969"),
        ]
    }

    private func first(of noun: String, _ member: String) async throws -> String {
        let listing = JSONValue(parsing: try await rota(noun, "list", "--json").text)
        guard let value = listing?["items"]?.list.first?[member]?.plainText else {
            throw SiteError.failed("there is none of \(noun)")
        }
        return value
    }
}
