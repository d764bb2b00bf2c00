/// One element of the comma list of a cron field.
package enum CronItem: Hashable, Sendable {
    /// `*`, and `*/s`; the step is 1 without one.
    case every(step: Int)
    /// `n`.
    case value(Int)
    /// `a-b`, and `a-b/s`; the step is 1 without one.
    case range(Int, Int, step: Int)
    /// `n/s`: from n to the end of the range.
    case from(Int, step: Int)
    /// `L`: the last day of the month.
    case lastDay
    /// `LW`: the last day from Monday to Friday of the month.
    case lastWorkday
    /// `nW`: the day from Monday to Friday nearest to day n.
    case nearestWorkday(Int)
    /// `d#k`: the k-th weekday d of the month.
    case nth(weekday: Int, Int)
    /// `dL`: the last weekday d of the month.
    case last(weekday: Int)

    /// The values of a plain item as a set of bits; empty for the items that depend on the month.
    func bits(in field: CronField) -> UInt64 {
        switch self {
        case .every(let step): CronItem.bits(from: field.range.lowerBound, through: field.range.upperBound, step: step)
        case .value(let value): 1 << UInt64(value)
        case .range(let low, let high, let step): CronItem.bits(from: low, through: high, step: step)
        case .from(let low, let step): CronItem.bits(from: low, through: field.range.upperBound, step: step)
        case .lastDay, .lastWorkday, .nearestWorkday, .nth, .last: 0
        }
    }

    private static func bits(from low: Int, through high: Int, step: Int) -> UInt64 {
        var bits: UInt64 = 0
        for value in stride(from: low, through: high, by: step) { bits |= 1 << UInt64(value) }
        return bits
    }
}
