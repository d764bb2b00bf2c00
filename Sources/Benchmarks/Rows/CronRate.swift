import Core

/// P16: instants of cron expressions, in this process.
struct CronRate: Measurement {
    static let number = "P16"
    static let summary = "how fast the next instants of cron expressions are found"

    func measure(_ bench: Bench) async throws -> [Finding] {
        var generator = bench.generator(for: Self.number)
        let expressions = try (0..<20).map { _ in try CronExpression(Self.expression(using: &generator)) }
        let each = bench.repetitions(50_000)
        var rates = Samples()
        for expression in expressions {
            var instant = Timestamp(seconds: 1_767_225_600)
            let start = ContinuousClock.now
            for _ in 0..<each {
                guard let next = expression.next(after: instant, in: .utc) else { break }
                instant = next
            }
            rates.add(Double(each) / (start.duration(to: .now) / .seconds(1)))
        }
        return [
            Finding(
                row: Self.number,
                work: "cron: next instants, one core, in UTC",
                figures: [
                    Figure("p50", rates.median, .perSecond, goal: .atLeast(1_000_000)),
                    Figure("slowest", rates.percentile(1), .perSecond),
                ],
                limit: nil,
                notes: ["\(expressions.count) expressions drawn by the seed, \(each) instants each"]
            )
        ]
    }

    /// An expression of one of the kinds that crontabs are full of.
    private static func expression(using generator: inout SplitMix64) -> String {
        let minute = Int.random(in: 0..<60, using: &generator)
        let hour = Int.random(in: 0..<24, using: &generator)
        let day = Int.random(in: 1...28, using: &generator)
        return switch Int.random(in: 0..<6, using: &generator) {
        case 0: "*/\(Int.random(in: 1...30, using: &generator)) * * * *"
        case 1: "\(minute) * * * *"
        case 2: "\(minute) \(hour) * * *"
        case 3: "\(minute) \(hour) * * 1-5"
        case 4: "\(minute) \(hour) \(day) * *"
        default: "\(minute),\((minute + 17) % 60) 8-18/2 * * MON,WED,FRI"
        }
    }
}
