import Core
import Testing
import Zones

@testable import rota

/// What a DAG will do, in words.
struct ExplanationTests {
    private func runs(_ expression: String, from: String, count: Int) throws -> [ExplainedRun] {
        let zone = try ZoneDatabase().rules(for: "Europe/Berlin")
        let timetable = Timetable(crons: [try CronExpression(expression)], zone: zone)
        let now = try #require(Timestamp(rfc3339: from))
        return ExplainedRun.next(count, of: Schedule(timetable: timetable, text: expression), after: now)
    }

    @Test func `a jump of the clocks over a run is told`() throws {
        let found = try runs("30 2 * * *", from: "2026-03-28T12:00:00Z", count: 2)
        #expect(found.map(\.text) == ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"])
        #expect(
            found[0].notes == ["clocks go forward from 02:00 to 03:00 on 2026-03-29; this is the first instant after"]
        )
        #expect(found[1].notes.isEmpty)
    }

    @Test func `a time that comes twice is told`() throws {
        let found = try runs("30 * * * *", from: "2026-10-24T23:45:00Z", count: 2)
        #expect(found[0].notes == ["this time comes twice; this is the first"])
        #expect(
            found[1].notes == [
                "clocks go back from 03:00 to 02:00 on 2026-10-25", "this time comes twice; this is the second",
            ]
        )
    }

    @Test(arguments: TriggerRule.allCases)
    func `every trigger rule has words`(_ rule: TriggerRule) {
        var task = TaskDefinition(id: "t", needs: ["a", "b"])
        task.triggerRule = rule
        #expect(DAGExplanation.words(for: task).contains("a and b"))
        task.needs = []
        #expect(DAGExplanation.words(for: task) == "starts at once")
    }
}
