import Core
import Testing
import Zones

@testable import rota

/// Answers about cron expressions.
struct CronQuestionTests {
    private let zones = ZoneDatabase()

    private func ask(_ line: String, _ kind: CronQuestion.Kind = .next) -> String {
        let usual = CronQuestion(kind: kind, expression: "", timezone: "UTC", from: "2026-03-28T00:00:00Z", count: 2)
        do throws(CronQuestionError) {
            return try CronQuestion(parsing: line, usual: usual).answer(zones).json.description
        } catch {
            return error.json.description
        }
    }

    @Test func `the next runs are told on the zone's clocks`() {
        let line = #"{"expr": "30 2 * * *", "tz": "Europe/Berlin", "start": "2026-03-28T12:00:00Z", "count": 2}"#
        #expect(
            ask(line) == """
                {"expression":"30 2 * * *","timezone":"Europe/Berlin",\
                "next":["2026-03-29T03:00:00+02:00","2026-03-30T02:30:00+02:00"]}
                """
        )
    }

    @Test func `the runs before are told from the latest on`() {
        #expect(
            ask(#"{"expr": "@daily"}"#, .previous) == """
                {"expression":"@daily","timezone":"UTC",\
                "prev":["2026-03-27T00:00:00+00:00","2026-03-26T00:00:00+00:00"]}
                """
        )
    }

    @Test func `a mistake names its kind and field`() {
        #expect(
            ask(#"{"expr": "61 4 * * *"}"#) == """
                {"error":{"kind":"out-of-range","field":"minute",\
                "message":"minute: 61 is out of range; allowed: 0-59"}}
                """
        )
    }

    @Test(
        arguments: [
            (#"{"expr": "@daily", "tz": "Europe/Belrin"}"#, "unknown-timezone"),
            (#"{"expr": "@daily", "start": "soon"}"#, "bad-start"),
            ("", "bad-case"), (" \t", "bad-case"), (#"{"expr": "@daily", "tz": 5}"#, "bad-case"),
            (#"{"expr": "@yearly", "start": "9998-06-01T00:00:00Z"}"#, "beyond-years"),
            (#"{"expr": "@daily", "count": 0}"#, "bad-case"), (#"{"tz": "UTC"}"#, "bad-case"), ("nonsense", "bad-case"),
        ]
    )
    func `other mistakes have kinds of their own`(_ line: String, _ kind: String) {
        #expect(JSONValue(parsing: ask(line))?["error"]?.text("kind") == kind)
    }

    @Test func `a start without an offset is on the zone's clocks`() {
        let line = #"{"expr": "0 * * * *", "tz": "Asia/Tokyo", "start": "2026-01-01T08:30", "count": 1}"#
        #expect(ask(line).contains("2026-01-01T09:00:00+09:00"))
    }

    @Test func `a line without a zone takes that of the command`() throws {
        let usual = CronQuestion(kind: .next, expression: "", timezone: "Asia/Tokyo", from: nil, count: 1)
        #expect(try CronQuestion(parsing: #"{"expr": "@daily"}"#, usual: usual).timezone == "Asia/Tokyo")
        #expect(try CronQuestion(parsing: #"{"expr": "@daily", "tz": "UTC"}"#, usual: usual).timezone == "UTC")
    }

    @Test func `check says where an expression never runs in a zone`() {
        let line = #"{"expr": "*/5 2 * 3 0L", "tz": "Europe/Berlin"}"#
        let answer = JSONValue(parsing: ask(line, .check))
        #expect(answer?.flag("valid") == true && answer?["runs"] == .boolean(false))
        #expect(
            answer?.list("warnings").first
                == .string("it never runs in Europe/Berlin: the clocks there skip its time whenever it comes")
        )
        #expect(JSONValue(parsing: ask(#"{"expr": "*/5 2 * 3 0L"}"#, .check))?.flag("runs") == true)
    }

    @Test func `years that cannot be written are a mistake going back as well`() {
        let line = #"{"expr": "@yearly", "start": "0001-06-01T00:00:00Z", "count": 3}"#
        #expect(JSONValue(parsing: ask(line, .previous))?["error"]?.text("kind") == "beyond-years")
    }

    @Test func `check tells what may mislead`() {
        let answer = JSONValue(parsing: ask(#"{"expr": "*/7 * * * *"}"#, .check))
        #expect(answer?.flag("valid") == true)
        #expect(answer?.list("warnings").isEmpty == false)
    }
}
