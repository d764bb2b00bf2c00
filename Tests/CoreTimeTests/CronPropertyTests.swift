import Core
import Testing
import Zones

struct CronPropertyTests {
    private let zones = ZoneDatabase()

    /// Zones whose clocks change in every way there is: by half an hour, two hours and a day, at midnight, at minutes
    /// past the hour, with Ramadan, backward in winter, and never.
    static let zoneNames = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Antarctica/Troll",
        "America/Havana",
        "America/St_Johns", "Africa/Casablanca", "Pacific/Chatham", "Asia/Gaza", "America/Sao_Paulo", "Europe/Dublin",
        "Pacific/Kwajalein", "Asia/Kathmandu", "Asia/Pyongyang", "UTC",
    ]

    @Test(arguments: [false, true])
    func `the runs around a change of offset are those a clock that ticks through it finds`(hasSeconds: Bool) throws {
        var generator = SplitMix64(seed: hasSeconds ? 6 : 5)
        let step = hasSeconds ? 1 : 60
        let reach = hasSeconds ? 4020 : 100_020
        var compared = 0
        for round in 0..<(hasSeconds ? sampleCount(debug: 8, release: 120) : sampleCount(debug: 90, release: 4000)) {
            let name = CronPropertyTests.zoneNames[round % CronPropertyTests.zoneNames.count]
            let zone = try zones.rules(for: name)
            let changes = zone.transitions(
                from: Timestamp(seconds: 86_400 * 800),
                to: Timestamp(seconds: 2_145_000_000)
            )
            let centre = changes.randomElement(using: &generator)?.instant.wholeSeconds ?? 1_700_000_040
            let oracle = CronOracle(hasSeconds: hasSeconds, using: &generator)
            let expression: CronExpression
            do { expression = try CronExpression(oracle.text) } catch {
                #expect(error.kind == .never, "\(oracle.text)")
                continue
            }
            #expect(expression.isFixed == oracle.isFixed)
            let (from, to) = (centre - reach, centre + reach)
            let expected = oracle.runs(from: from, to: to, step: step, in: zone)
            compared += expected.count
            let note: Comment = "\(oracle.text) in \(name) around \(Timestamp(seconds: centre))"
            #expect(forward(expression, from: from, to: to, in: zone) == expected, note)
            #expect(backward(expression, from: from, to: to, in: zone) == expected.reversed(), note)
            expectAnswersBetween(expected, expression, from: from, to: to, in: zone, note, using: &generator)
        }
        #expect(compared > 50, "\(compared)")
    }

    @Test func `in every zone, from 1970 to 2037, the runs around a change are those of a clock that ticks through it`()
        throws
    {
        var generator = SplitMix64(seed: 11)
        var compared = 0
        let names = zones.names()
        #expect(names.count > 300)
        for name in names {
            let zone = try zones.rules(for: name)
            let changes = zone.transitions(from: .epoch, to: Timestamp(seconds: 2_145_916_800))
            for _ in 0..<sampleCount(debug: 1, release: 30) {
                let centre = changes.randomElement(using: &generator)?.instant.wholeSeconds ?? 1_700_000_040
                let oracle = CronOracle(hasSeconds: false, using: &generator)
                // What never comes was refused; another will come for this zone.
                guard let expression = try? CronExpression(oracle.text) else { continue }
                // A change at no whole minute (Liberia's of 1972) needs a clock that ticks seconds.
                let step = centre % 60 == 0 && zone.local(Timestamp(seconds: centre)).secondOfDay % 60 == 0 ? 60 : 1
                let reach = step == 60 ? 10_020 : 3_600
                let (from, to) = (centre - reach, centre + reach)
                let expected = oracle.runs(from: from, to: to, step: step, in: zone)
                compared += expected.count
                let note: Comment = "\(oracle.text) in \(name) around \(Timestamp(seconds: centre))"
                #expect(forward(expression, from: from, to: to, in: zone) == expected, note)
                #expect(backward(expression, from: from, to: to, in: zone) == expected.reversed(), note)
            }
        }
        #expect(compared > 300, "\(compared)")
    }

    private func forward(_ expression: CronExpression, from: Int, to: Int, in zone: TimeZoneRules) -> [Int] {
        var runs: [Int] = []
        var bound = Timestamp(seconds: from - 1)
        while let run = expression.next(after: bound, in: zone), run.wholeSeconds < to {
            runs.append(run.wholeSeconds)
            bound = run
        }
        return runs
    }

    private func backward(_ expression: CronExpression, from: Int, to: Int, in zone: TimeZoneRules) -> [Int] {
        var runs: [Int] = []
        var bound = Timestamp(seconds: to)
        while let run = expression.previous(before: bound, in: zone), run.wholeSeconds >= from {
            runs.append(run.wholeSeconds)
            bound = run
        }
        return runs
    }

    /// Asks from instants by chance, with fractions, also from within the second pass of an overlap.
    private func expectAnswersBetween(
        _ expected: [Int],
        _ expression: CronExpression,
        from: Int,
        to: Int,
        in zone: TimeZoneRules,
        _ note: Comment,
        using generator: inout SplitMix64
    ) {
        for _ in 0..<20 {
            let microseconds = Int64.random(in: Int64(from) * 1_000_000..<Int64(to) * 1_000_000, using: &generator)
            let instant = Timestamp(microseconds: microseconds)
            if let next = expected.first(where: { Timestamp(seconds: $0) > instant }) {
                #expect(expression.next(after: instant, in: zone) == Timestamp(seconds: next), note)
            }
            if let previous = expected.last(where: { Timestamp(seconds: $0) < instant }) {
                #expect(expression.previous(before: instant, in: zone) == Timestamp(seconds: previous), note)
            }
        }
    }

    @Test func `in every zone previous inverts next, and nothing lies between`() throws {
        let texts = ["30 2 * * *", "*/20 * * * *", "0 0 * * *", "15 0-23/2 * * 0", "*/15 1 * * *"]
        let expressions = try texts.map { try CronExpression($0) }
        var generator = SplitMix64(seed: 3)
        for (index, name) in zones.names().enumerated() {
            let zone = try zones.rules(for: name)
            let changes = zone.transitions(from: .epoch, to: Timestamp(seconds: 2_145_000_000))
            let samples = sampleCount(debug: 2, release: 40)
            for expression in [expressions[index % expressions.count]] {
                for _ in 0..<samples {
                    let change = changes.randomElement(using: &generator)?.instant ?? Timestamp(seconds: 1_000_000_000)
                    let instant = change + .seconds(Int.random(in: -9000...9000, using: &generator))
                    let next = try #require(
                        expression.next(after: instant, in: zone),
                        "\(expression) \(name) \(instant)"
                    )
                    #expect(next > instant)
                    #expect(
                        expression.previous(before: next + .microseconds(1), in: zone) == next,
                        "\(expression) \(name)"
                    )
                    let before = try #require(expression.previous(before: next, in: zone))
                    #expect(before <= instant, "\(expression) \(name) \(instant)")
                    #expect(expression.next(after: before, in: zone) == next, "\(expression) \(name) \(instant)")
                }
            }
        }
    }

    @Test func `a time that a zone always skips has no next run and no previous one`() throws {
        let expression = try CronExpression("*/5 2 * 3 0L")
        let berlin = try zones.rules(for: "Europe/Berlin")
        let start = try #require(Timestamp(rfc3339: "2030-01-01T00:00:00Z"))
        #expect(expression.next(after: start, in: berlin) == nil)
        // Before 1981 the clocks did not change on the last Sunday of March.
        #expect(expression.previous(before: start, in: berlin)?.rfc3339(in: berlin) == "1980-03-30T02:55:00+01:00")
    }

    @Test func `a leap day on a given weekday is found beyond a century without one`() throws {
        let expression = try CronExpression("0 0 29 2 */7")
        let start = try #require(Timestamp(rfc3339: "2088-03-01T00:00:00Z"))
        #expect(expression.next(after: start, in: .utc)?.rfc3339Seconds == "2128-02-29T00:00:00Z")
    }

    @Test func `the ends of time give an answer or nil`() throws {
        let expression = try CronExpression("0 0 29 2 *")
        let berlin = try zones.rules(for: "Europe/Berlin")
        for microseconds in [Int64.min, .min + 1, .max - 1, .max] {
            let instant = Timestamp(microseconds: microseconds)
            _ = expression.next(after: instant, in: berlin)
            _ = expression.previous(before: instant, in: berlin)
        }
    }
}
