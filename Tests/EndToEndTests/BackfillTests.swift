import Core
import TestKit
import Testing

/// A past range of a schedule, looked at first and then run.
struct BackfillTests {
    /// Half past four in Berlin, over the change to summer time.
    static let nightly = """
        schedule: {cron: "30 4 * * *", timezone: Europe/Berlin, catchup: none}
        tasks:
          load:
            env: {DAY: "{{ logical_date | shift: -1d | date }}"}
            run: echo "$DAY"; sleep 0.1
        """
    static let ticks = [
        "2026-03-26T03:30:00.000000Z", "2026-03-27T03:30:00.000000Z", "2026-03-28T03:30:00.000000Z",
        "2026-03-29T02:30:00.000000Z", "2026-03-30T02:30:00.000000Z", "2026-03-31T02:30:00.000000Z",
        "2026-04-01T02:30:00.000000Z",
    ]
    static let week = ["backfill", "nightly", "--from", "2026-03-26", "--to", "2026-04-02"]

    @Test func `a week is shown first, then run, and then there is nothing left to do`() async throws {
        try await Station.with { station in
            _ = try await station.start(["nightly.yaml": Self.nightly])
            func ask(_ more: String...) async throws -> ProgramResult {
                try await station.bare(Self.week + more, environment: ["ROTA_DATA": station.data])
            }
            let dry = try await ask("--dry-run", "--json")
            let plan = try #require(JSONValue(parsing: dry.text), "\(dry)")
            #expect(plan["runs"]?.elements.compactMap { $0.text("logical_date") } == Self.ticks)
            #expect(plan["runs"]?.elements.allSatisfy { $0.text("action") == "create" } == true)
            #expect(try await station.json("runs", "list").items.isEmpty)

            let real = try await ask("--max-active", "2", "--wait")
            #expect(real.exitCode == 0 && real.errorText.contains("is done: 7 of 7 ended"), "\(real)")
            #expect(real.errorText.contains("How long it will take is not known"), "\(real)")
            #expect(try await station.json("runs", "list", "--state", "success").items.count == 7)
            let third = ["runs", "list", "--backfill", "1", "--from", "2026-03-28T00:00:00Z", "--json"]
            let late = try await station.bare(third, environment: ["ROTA_DATA": station.data])
            #expect(JSONValue(parsing: late.text)?["items"]?.elements.count == 5, "\(late)")
            let followed = try await station.bare(
                ["backfills", "show", "1", "--follow"],
                environment: ["ROTA_DATA": station.data]
            )
            #expect(followed.exitCode == 0, "\(followed)")
            let runs = try await station.json("runs", "list").items
            #expect(runs.compactMap { $0.text("logical_date") }.sorted() == Self.ticks)
            #expect(runs.allSatisfy { $0.text("type") == "backfill" && $0.text("id")?.contains("-b") == true })
            #expect(Self.mostAtOnce(runs) <= 2)
            let changed = try #require(runs.first { $0.text("logical_date") == Self.ticks[3] }?.text("id"))
            #expect(try await station.rota("logs", changed, "load").text == "2026-03-28\n")

            let again = try await ask()
            #expect(again.text + again.errorText != "" && again.exitCode == 5, "\(again)")
            let left = try await ask("--dry-run", "--json")
            let actions = JSONValue(parsing: left.text)?["runs"]?.elements.compactMap { $0.text("action") }
            #expect(actions == Array(repeating: "leave", count: 7), "\(left)")
            #expect(try await station.json("runs", "list").items.count == 7)
        }
    }

    @Test func `failed ticks, or all, run again on demand, and the latest first if so wished`() async throws {
        try await Station.with { station in
            let dag = """
                schedule: {cron: "0 0 * * *", catchup: none}
                tasks:
                  t: {run: 'echo "$ROTA_LOGICAL_DATE" >> \(station.witness)/order; [ -e \(station.witness)/go ]'}
                """
            _ = try await station.start(["daily.yaml": dag])
            func fill(_ more: String...) async throws {
                let words = ["backfill", "daily", "--from", "2026-05-01", "--to", "2026-05-04"] + more
                let result = try await station.bare(words, environment: ["ROTA_DATA": station.data])
                #expect(result.exitCode == 0, "\(result)")
            }
            try await fill("--reverse")
            try await eventually("three failures") {
                try await station.json("runs", "list", "--state", "failed").items.count == 3
            }
            #expect(station.lines(of: "order").map { $0.prefix(10) } == ["2026-05-03", "2026-05-02", "2026-05-01"])
            try station.leave("go")
            try await fill("--rerun", "failed")
            try await eventually("six executions") { station.lines(of: "order").count == 6 }
            try await eventually("an end of all") {
                try await station.json("runs", "list").items.allSatisfy { $0["ended_at"] != .null }
            }
            try await fill("--rerun", "all")
            try await eventually("nine executions") { station.lines(of: "order").count == 9 }
        }
    }

    /// How many of the runs were under way at the same time, at most.
    private static func mostAtOnce(_ runs: [JSONValue]) -> Int {
        let spans = runs.compactMap { run in
            run.text("started_at").flatMap { start in run.text("ended_at").map { (start: start, end: $0) } }
        }
        // All are of one length and zone, so that texts compare as instants do.
        return spans.map { one in spans.count { $0.start <= one.start && one.start < $0.end } }.max() ?? 0
    }
}
