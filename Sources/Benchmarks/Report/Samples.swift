/// Measured values of one kind.
struct Samples: Sendable {
    private(set) var values: [Double] = []

    mutating func add(_ value: Double) { values.append(value) }

    mutating func add(_ other: Samples) { values += other.values }

    /// The least value that so many percent of all do not exceed; 0 where there are none.
    func percentile(_ percent: Double) -> Double {
        let sorted = values.sorted()
        guard let last = sorted.last else { return 0 }
        let rank = Int((percent / 100 * Double(sorted.count)).rounded(.up))
        return rank <= sorted.count ? sorted[max(rank, 1) - 1] : last
    }

    var median: Double { percentile(50) }

    /// p50 and p99, with the goals that they have.
    func figures(_ unit: Figure.Unit, p50: Figure.Goal?, p99: Figure.Goal? = nil) -> [Figure] {
        [Figure("p50", median, unit, goal: p50), Figure("p99", percentile(99), unit, goal: p99)]
    }
}
