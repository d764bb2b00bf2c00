/// One line of the table: what was measured, and what it is held against.
struct Finding: Sendable {
    /// The row of the table of goals.
    var row: String
    /// The work, as done.
    var work: String
    /// The first one is what the ratio is about.
    var figures: [Figure]
    /// The machine's own limit, measured in the same run; nil where there is none to measure.
    var limit: Figure?
    /// What a reader should know of the figures, such as counts.
    var notes: [String] = []
    /// How many processes wanted to run just before the row began.
    var load = 0.0

    /// The first figure as a multiple of the limit.
    var ratio: Double? {
        guard let limit, let first = figures.first, limit.value > 0, first.unit == limit.unit else { return nil }
        return first.value / limit.value
    }

    /// Whether every figure that has a goal reaches it, shares of the limit included; nil where none has.
    var isMet: Bool? {
        let judged = figures.compactMap { figure in figure.goal.map { isMet(figure, $0) } }
        return judged.isEmpty ? nil : judged.allSatisfy(\.self)
    }

    private func isMet(_ figure: Figure, _ goal: Figure.Goal) -> Bool {
        switch goal {
        case .atMost(let bound): figure.value <= bound
        case .atLeast(let bound): figure.value >= bound
        case .shareOfLimit(let share): limit.map { figure.value >= share * $0.value } ?? false
        }
    }

    /// The same, with the load that it was measured under.
    func under(load: Double) -> Finding {
        var copy = self
        copy.load = load
        return copy
    }
}

/// A number with what it is.
struct Figure: Sendable {
    /// What a figure should be.
    enum Goal: Sendable {
        case atMost(Double)
        case atLeast(Double)
        /// At least this share of the limit.
        case shareOfLimit(Double)
    }

    /// What is counted.
    enum Unit: String, Sendable {
        case milliseconds = "ms"
        case perSecond = "/s"
        case megabytesPerSecond = "MB/s"
        case percent = "% of a core"
        case mebibytes = "MB"
        case millisecondsPerTask = "ms CPU a task"
        case times = "×"
    }

    var name: String
    var value: Double
    var unit: Unit
    var goal: Goal?

    init(_ name: String, _ value: Double, _ unit: Unit, goal: Goal? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.goal = goal
    }

    /// The figure as people read it.
    var text: String { (name.isEmpty ? "" : name + " ") + Self.text(value, unit) }

    /// The goal as people read it; nil where there is none.
    var goalText: String? {
        let label = name.isEmpty ? "" : name + " "
        switch goal {
        case .atMost(let bound): return "\(label)≤ \(Self.text(bound, unit))"
        case .atLeast(let bound): return "\(label)≥ \(Self.text(bound, unit))"
        case .shareOfLimit(let share): return "\(label)≥ \(Int(share * 100)) % of the limit"
        case nil: return nil
        }
    }

    private static func text(_ value: Double, _ unit: Unit) -> String {
        switch unit {
        case .perSecond: "\(number(value))/s"
        default: "\(number(value)) \(unit.rawValue)"
        }
    }

    /// Three figures that count; more would claim more than was measured.
    static func number(_ value: Double) -> String {
        switch abs(value) {
        case 1_000...: grouped(Int(value.rounded()))
        case 100...: "\(Int(value.rounded()))"
        case 10...: decimals(value, 1)
        default: decimals(value, 2)
        }
    }

    private static func decimals(_ value: Double, _ places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        if scaled % scale == 0 { return "\(scaled / scale)" }
        let fraction = "\(abs(scaled) % scale)"
        let zeros = String(repeating: "0", count: places - fraction.utf8.count)
        return "\(scaled < 0 ? "-" : "")\(abs(scaled) / scale).\(zeros)\(fraction)"
    }

    private static func grouped(_ value: Int) -> String {
        let digits = Array("\(abs(value))")
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}
