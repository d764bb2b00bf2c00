import BrowserKit
import Core
import TestKit

extension ExampleSite {
    /// A path of each sort of page, with a name for sentences.
    func pages() async throws -> [(name: String, path: String)] {
        let (failed, succeeded, parts) = (try run("failed"), try run("succeeded"), try run("parts"))
        let failures = try await first(of: "failures", "id")
        let incident = try await first(of: "incidents", "code")
        let backfill = try await first(of: "backfills", "id")
        return [
            ("Now", "/"), ("DAGs", "/dags"), ("grid", "/dags/sales_daily"), ("grid of many", "/dags/many"),
            ("DAG never run", "/dags/never"), ("runs of a DAG", "/dags/sales_daily/runs"),
            ("calendar", "/dags/nightly/calendar"), ("code", "/dags/sales_daily/code"),
            ("trigger", "/dags/typed/trigger"), ("resume", "/dags/nightly/resume"), ("runs", "/runs"),
            ("filtered runs", "/runs?state=failed"), ("empty runs", "/runs?dag=never&state=success"),
            ("failed run", failed), ("run that succeeded", succeeded), ("run of many", try run("many")),
            ("mapped run", parts), ("clear", "\(failed)/clear?failed=1"), ("mark", "\(failed)/mark?task=load_orders"),
            ("failed attempt", "\(failed)/tasks/load_orders"),
            ("attempt at a line", "\(failed)/tasks/load_orders?at=9"),
            ("compare", "\(failed)/tasks/load_orders/compare?with=last-success"),
            ("attempt that succeeded", "\(succeeded)/tasks/load_orders"), ("blocked task", "\(failed)/tasks/report"),
            ("mapped task", "\(parts)/tasks/part"), ("mapped instance", "\(parts)/tasks/part/m2"),
            ("failures", "/failures"), ("failure", "/failures/\(failures)"), ("incidents", "/incidents"),
            ("incident", "/incidents/\(incident)"), ("runners", "/runners"), ("pools", "/pools"),
            ("pool", "/pools/warehouse"), ("backfills", "/backfills"),
            ("new backfill", "/backfills/new?dag=nightly"), ("backfill", "/backfills/\(backfill)"),
            ("search", "/search?q=load"), ("missing page", "/dags/sales_dialy"),
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
