import Core
import Testing
import Zones

struct CronCaseTests {
    private let zones = ZoneDatabase()

    private struct Case {
        var expression: String
        var zone: String
        var start: String
        var expected: [String]

        init(_ line: [String: Fixture.Value], _ key: String) {
            expression = line["expr"]?.string ?? ""
            zone = line["tz"]?.string ?? "UTC"
            start = line["start"]?.string ?? ""
            expected = line[key]?.strings ?? []
        }
    }

    @Test func `every valid case gives its next runs, and nothing where there are none`() throws {
        let cases = try Fixture.lines("valid.jsonl").map { Case($0, "next") }
        #expect(cases.count == 1710)
        for item in cases {
            let rules = try zones.rules(for: item.zone)
            let start = try #require(Timestamp(rfc3339: item.start))
            let runs = try CronExpression(item.expression).next(8, after: start, in: rules)
            #expect(runs.map { $0.rfc3339(in: rules) } == item.expected, "\(item)")
        }
    }

    @Test func `every case backward gives its previous runs`() throws {
        let cases = try Fixture.lines("prev.jsonl").map { Case($0, "prev") }
        #expect(cases.count == 267)
        for item in cases {
            let rules = try zones.rules(for: item.zone)
            let start = try #require(Timestamp(rfc3339: item.start))
            let runs = try CronExpression(item.expression).previous(4, before: start, in: rules)
            #expect(runs.map { $0.rfc3339(in: rules) } == item.expected, "\(item)")
        }
    }

    @Test func `every invalid case is refused with its kind and its field`() throws {
        let lines = try Fixture.lines("invalid.jsonl")
        #expect(lines.count == 227)
        for line in lines {
            let error = #expect(throws: CronError.self, "\(line)") { try CronExpression(line["expr"]?.string ?? "") }
            #expect(error?.kind.rawValue == line["kind"]?.string, "\(line)")
            #expect(error?.field?.name == line["field"]?.string, "\(line)")
            let message = error?.description ?? ""
            #expect(message.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && message.utf8.count < 300, "\(line)")
        }
    }

    @Test func `expressions of public repositories are read as their authors' systems read them`() throws {
        let lines = try Fixture.lines("real.jsonl")
        #expect(lines.count == 150)
        for line in lines {
            let item = Case(line, "next")
            guard line["valid"] == .other("true") else {
                let error = #expect(throws: CronError.self, "\(line)") { try CronExpression(item.expression) }
                #expect(error?.kind.rawValue == line["err"]?.string, "\(line)")
                continue
            }
            let rules = try zones.rules(for: item.zone)
            let start = try #require(Timestamp(rfc3339: item.start))
            let runs = try CronExpression(item.expression).next(item.expected.count, after: start, in: rules)
            #expect(runs.map { $0.rfc3339(in: rules) } == item.expected, "\(line)")
        }
    }
}
