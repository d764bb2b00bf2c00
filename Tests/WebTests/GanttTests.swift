import Core
import Store
import Testing

@testable import Web

struct GanttTests {
    private static let start = Timestamp(seconds: 1_000_000)

    private static func times(_ spans: [(Int, Int)]) -> RunTimes {
        RunTimes(
            tasks: spans.enumerated().map { place, span in
                RunTimes.Task(
                    index: place,
                    startedAt: start + .seconds(span.0),
                    endedAt: start + .seconds(span.1)
                )
            }
        )
    }

    @Test func `the critical path is what the last task waited for, and so on`() {
        // 0 and 1 before 2, 2 before 3; 4 stands alone.
        let times = Self.times([(0, 10), (0, 20), (21, 30), (31, 40), (0, 35)])
        let upstream = [[], [], [0, 1], [2], []]
        let plan = GanttPlan(times, upstream: upstream, failed: { _ in false }, now: Self.start + .seconds(50))
        #expect(plan.critical == [1, 2, 3])
        #expect(plan.shown == [0, 1, 4, 2, 3], "by start")
    }

    @Test func `failures go first, then the critical path, then the longest`() {
        let times = Self.times((0..<100).map { ($0, $0 + 1 + $0 % 10) } + [(0, 500)])
        let plan = GanttPlan(
            times,
            upstream: [[Int]](repeating: [], count: 101),
            failed: { $0 == 40 },
            now: Self.start + .seconds(600),
            limit: 5
        )
        #expect(plan.started == 101)
        #expect(Set(plan.shown) == [40, 100, 9, 19, 29])
    }

    @Test func `what has not ended goes up to now`() {
        var times = Self.times([(0, 10), (5, 6)])
        times.tasks[1].endedAt = nil
        let plan = GanttPlan(times, upstream: [[], []], failed: { _ in false }, now: Self.start + .seconds(99))
        #expect(plan.critical == [1])
    }

    @Test func `what has not started stands at the end`() {
        var times = Self.times([(0, 10), (5, 6), (7, 8)])
        times.tasks[1].startedAt = nil
        times.tasks[1].endedAt = nil
        let plan = GanttPlan(times, upstream: [[], [], []], failed: { _ in false }, now: Self.start + .seconds(20))
        #expect(plan.shown == [0, 2, 1] && plan.started == 2 && plan.all == 3)
    }

    @Test(
        arguments: [
            (4, ["0", "1 s", "2 s", "3 s", "4 s"]), (61, ["0", "15 s", "30 s", "45 s", "1 m"]),
            (4_000, ["0", "15 m", "30 m", "45 m", "1 h"]), (200_000, ["0", "12 h", "1 d", "1 d 12 h", "2 d"]),
        ] as [(Int, [String])]
    )
    func `the marks of the axis are round`(_ seconds: Int, _ words: [String]) {
        let time = GanttTime(from: Self.start, to: Self.start + .seconds(seconds))
        #expect(time.ticks.map { $0 == .zero ? "0" : DurationText.format($0) } == words)
    }

    @Test func `a rest is cut out of the time, and one that goes on is not`() {
        let rests = [
            RunRests.Rest(from: Self.start + .seconds(10), to: Self.start + .seconds(110)),
            RunRests.Rest(from: Self.start + .seconds(130), to: nil),
        ]
        let time = GanttTime(from: Self.start, to: Self.start + .seconds(130), rests: rests)
        #expect(time.length == .seconds(30) && time.rested == .seconds(100))
        let places = [0, 10, 60, 110, 120].map { time.offset(Self.start + .seconds($0)) }
        #expect(places == [.zero, .seconds(10), .seconds(10), .seconds(10), .seconds(20)])
    }

    @Test func `every bar is a link in a list that says the same in words`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            let page = try await client.get("\(Address.run(run))/gantt").text
            #expect(page.contains("<ol class=\"gantt\">"))
            #expect(page.matches(of: /<li( class="crit")?><a href="[^"]*\/tasks\//).count == 5)
            #expect(page.contains("in 3 attempts"))
            #expect(page.contains("on the critical path"))
        }
    }
}
