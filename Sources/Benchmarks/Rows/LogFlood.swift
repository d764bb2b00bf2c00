import BrowserKit
import Postgres

/// P21: a log that grows by 5,000 lines a second while somebody follows it.
struct LogFlood: Measurement {
    static let number = "P21"
    static let summary = "following a log of 5,000 lines a second in a browser"

    private static let file = DAGText(
        name: "flood",
        text: """
            tasks:
              flood:
                run: |
                  echo "line 1"
                  until [ -e ../witness ]; do sleep 0.05; done
                  for part in $(seq 0 99); do
                    seq -f "line %.0f" $((part * 500 + 2)) $((part * 500 + 501))
                    sleep 0.1
                  done
            """
    )

    /// Notes each stretch in which the page could not answer.
    private static let watch = """
        window.longest = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
        }).observe({ type: "longtask", buffered: false });
        true
        """

    func measure(_ bench: Bench) async throws -> [Finding] {
        try await MeasuredServer.with(bench, files: [Self.file]) { server in
            _ = try server.api().post("dags/flood/runs")
            let visitor = try await Visitor(server)
            try await server.wait(for: "the first line") {
                let bytes: Int = try await server.database.execute(Self.stored)[0].decode(0)
                return bytes > 0
            }
            let page = try await visitor.open("/dags/flood/runs/latest/tasks/flood", on: .desktop)
            try await page.wait(for: "!!document.querySelector('#L1')")
            try await page.evaluate(Self.watch)
            let processor = try server.processes()
            let before = processor.times()
            try TextFile.write("", to: server.witness)
            try await page.wait(for: "!!document.querySelector('#L50001')")
            let spent = processor.times() - before
            let longest = try await page.number("longest")
            let isAtEnd = try await page.isTrue(
                "innerHeight + scrollY >= document.documentElement.scrollHeight - 200"
            )
            try await page.close()
            return [
                Finding(
                    row: Self.number,
                    work: "5,000 lines a second for ten seconds: the longest stretch without an answer",
                    figures: [Figure("", longest, .milliseconds, goal: .atMost(100))],
                    limit: nil,
                    notes: [
                        "stretches below 50 ms count as none; the page was \(isAtEnd ? "" : "not ")at the log's end when the last line came; server, keeper "
                            + "and database used \(Figure.number(spent.own)) s of processor time"
                    ]
                )
            ]
        }
    }

    private static let stored = Statement(
        name: "bench_stored_bytes",
        sql: "SELECT coalesce(sum(log_bytes), 0)::bigint FROM attempt"
    )
}
