import Core
import Testing

@testable import Web

/// Pages as programs read them.
struct PageJSONTests {
    @Test(arguments: [
        "/dags/sales/grid.json", "/dags/sales/grid.json?runs=25&only=failed", "/dags/sales/graph.json",
        "/dags/sales/calendar.json?year=2026", "/dags/sales/tasks/load.json",
        "/dags/sales/runs/latest/tasks.json", "/dags/sales/runs/2026-08-20T043000Z/tasks.json?state=skipped",
        "/dags/sales/runs/latest/gantt.json", "/dags/sales/runs/latest-failed/gantt.json",
        "/dags/sales/runs/latest-failed/graph.json", "/dags/sales/runs/latest-failed/tasks/load.json",
        "/dags/sales/runs/latest-failed/tasks/load/a1.json", "/dags/sales/runs/latest/tasks/load.json",
        "/dags/sales/runs/latest-failed/tasks/load.json?first_error",
        "/dags/sales/runs/latest-failed/tasks/load.json?grep=line",
    ])
    func `a page answers programs as described`(path: String) async throws {
        try await APIHarness.read { api in
            let answer = try await api.getPage(path)
            #expect(answer.status == 200, "\(answer)")
        }
    }

    @Test(arguments: [
        "/dags/none/grid.json", "/dags/none/graph.json", "/dags/none/calendar.json", "/dags/sales/tasks/none.json",
        "/dags/sales/runs/none/tasks.json", "/dags/sales/runs/none/gantt.json", "/dags/sales/runs/none/graph.json",
        "/dags/sales/runs/latest/tasks/none.json",
    ])
    func `what is not there is told as the API tells it`(path: String) async throws {
        try await APIHarness.read { api in
            let answer = try await api.getPage(path)
            #expect(answer.status == 404 && answer.json["error"]?["kind"]?.text == "not_found", "\(answer)")
        }
    }

    @Test func `a page's JSON says what the page shows`() async throws {
        try await APIHarness.read { api in
            let grid = try await api.getPage("/dags/sales/grid.json").json
            #expect(grid["tasks"]?.elements.compactMap(\.text) == ["extract", "load", "report", "clean"])
            let states = grid["runs"]?.elements.map { $0["states"]?["load"]?.text }
            #expect(states == ["running", "failed", "success"])
            let graph = try await api.getPage("/dags/sales/runs/latest-failed/graph.json").json
            let report = graph["tasks"]?.elements.first { $0["task"]?.text == "report" }
            #expect(report?["state"]?.text == "upstream_failed")
            #expect(report?["needs"]?.elements.compactMap(\.text) == ["load"])
            let history = try await api.getPage("/dags/sales/tasks/load.json").json
            #expect(history["causes"]?.elements.first?["sample"]?.text == "Error: \"boom\"")
        }
    }
}
