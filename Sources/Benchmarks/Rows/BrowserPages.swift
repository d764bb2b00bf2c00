import BrowserKit
import Core
import Postgres
import TestKit

/// P20: pages as a browser shows them, on a phone on the road and on a desk.
struct BrowserPages: Measurement {
    static let number = "P20"
    static let summary =
        "pages in a browser: an emulated phone on slow 4G with a quarter of the processor, and a desktop"

    private static let failing = DAGText(
        name: "sales",
        text: """
            tasks:
              extract: {run: seq 500}
              load:
                needs: extract
                run: |
                  seq -f "loading chunk %.0f of 90" 90
                  echo 'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "orders_pkey"'
                  exit 1
              report: {needs: load, run: 'true'}
            """
    )

    func measure(_ bench: Bench) async throws -> [Finding] {
        try await MeasuredServer.with(bench, files: [Self.failing]) { server in
            _ = try server.api().post("dags/sales/runs")
            try await server.wait(for: "an incident") {
                let count: Int = try await server.database.execute(Self.incidents)[0].decode(0)
                return count > 0
            }
            try await server.database.executeScript(LargeHistory.tasks(1_000, runs: 25, dag: "broad"))
            try await server.database.executeScript(LargeHistory.tasks(10_000, dag: "deep"))
            try await server.database.executeScript(LargeHistory.runs(100_000, dag: "minutely"))
            let code: String = try await server.database.execute(Self.code)[0].decode(0)
            let deep: String = try await server.database.execute(Self.newest)[0].decode(0)
            let visitor = try await Visitor(server)
            let rounds = max(3, bench.repetitions(7))
            let pages: [(work: String, path: String, phone: Double, desktop: Double)] = [
                ("an alert's link: the page of the failure", "/x/\(code)", 1_000, 300),
                ("the first page", "/", 1_000, 300),
                ("a grid of 1,000 tasks × 25 runs", "/dags/broad?runs=25", 1_000, 300),
                ("a run of 10,000 tasks", "/dags/deep/runs/\(deep)", 1_000, 300),
                ("the calendar of a DAG of each minute", "/dags/minutely/calendar", 1_000, 300),
                ("a list of 100,000 runs", "/runs?dag=minutely", 1_000, 300),
            ]
            var findings: [Finding] = []
            for page in pages {
                let phone = try await visitor.times(of: page.path, on: .phone, rounds)
                let desk = try await visitor.times(of: page.path, on: .desktop, rounds)
                findings.append(
                    Finding(
                        row: Self.number,
                        work: "\(page.work), cold: first contentful paint",
                        figures: [
                            Figure("phone", phone.paint.median, .milliseconds, goal: .atMost(page.phone)),
                            Figure("desktop", desk.paint.median, .milliseconds, goal: .atMost(page.desktop)),
                        ],
                        limit: nil,
                        notes: [
                            "\(page.work): interactive after \(Figure.number(phone.interactive.median)) ms on the phone, "
                                + "\(Figure.number(desk.interactive.median)) ms on the desktop; "
                                + "\(Figure.number(phone.kilobytes)) kB in \(phone.requests) requests"
                        ]
                    )
                )
            }
            findings.append(try await Self.deepPage(server, bench))
            return findings
        }
    }

    /// The thousandth page of all runs, by its place.
    private static func deepPage(_ server: MeasuredServer, _ bench: Bench) async throws -> Finding {
        let row = try await server.database.execute(thousandth)[0]
        let (micros, id): (Int, Int) = (try row.decode(0), try row.decode(1))
        let place = String(micros, radix: 36) + "." + String(id, radix: 36)
        let load = try PageLoad.measure(
            server,
            "/runs?after=\(place)",
            clients: 1,
            requests: bench.repetitions(100),
            gzip: true
        )
        return Finding(
            row: number,
            work: "page 1,000 of 100,000 runs, the server's part",
            figures: load.times.figures(.milliseconds, p50: .atMost(100), p99: .atMost(150)),
            limit: nil
        )
    }

    private static let incidents = Statement(name: "bench_incidents", sql: "SELECT count(*) FROM incident")
    private static let code = Statement(name: "bench_code", sql: "SELECT code FROM incident ORDER BY id DESC LIMIT 1")
    private static let newest = Statement(
        name: "bench_deep_run",
        sql: """
            SELECT r.key FROM dag_run r JOIN dag d ON d.id = r.dag_id WHERE d.name = 'deep'
            ORDER BY r.logical_date DESC LIMIT 1
            """
    )
    private static let thousandth = Statement(
        name: "bench_thousandth_page",
        sql: """
            SELECT (extract(epoch FROM logical_date) * 1000000)::bigint, id FROM dag_run
            ORDER BY logical_date DESC, id DESC OFFSET 50000 LIMIT 1
            """
    )
}
