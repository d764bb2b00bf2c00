import Core
import Store

/// The time along which a Gantt chart is drawn: that of its run, without what the run rested between its end and a clear.
struct GanttTime: Hashable, Sendable {
    let start: Timestamp
    let end: Timestamp
    /// Within the chart, oldest first.
    let rests: [RunRests.Rest]

    /// Spans the pieces of bars; a rest that goes on after them is none of theirs.
    init(from start: Timestamp, to end: Timestamp, rests: [RunRests.Rest] = []) {
        (self.start, self.end) = (start, end)
        self.rests = rests.filter { $0.to.map { $0 <= end } ?? false && $0.from >= start }
    }

    /// How far along the chart an instant is.
    func offset(_ instant: Timestamp) -> Duration {
        let rested = rests.reduce(Duration.zero) { sum, rest in
            instant <= rest.from ? sum : sum + (min(instant, rest.to ?? instant) - rest.from)
        }
        return max(.zero, instant - start - rested)
    }

    /// How long the chart is, without the rests.
    var length: Duration { offset(end) }

    /// How long the run rested.
    var rested: Duration { end - start - length }

    /// The marks of the axis: a round step, as many as fit, from 0 on.
    var ticks: [Duration] {
        let step = Self.step(for: length)
        return (0...Self.mostTicks).map { step * $0 }.filter { $0 <= length }
    }

    private static let mostTicks = 5

    /// The least round step of which at most five cover a span.
    private static func step(for span: Duration) -> Duration {
        let units: [(Int, [Int])] = [
            (1, [1, 2, 5, 10, 20, 50, 100, 200, 500]), (1_000, [1, 2, 5, 10, 15, 30]), (60_000, [1, 2, 5, 10, 15, 30]),
            (3_600_000, [1, 2, 3, 6, 12]), (86_400_000, [1, 2, 5, 10, 20, 50, 100, 200, 500]),
        ]
        let steps = units.flatMap { unit, counts in counts.map { Duration.milliseconds(unit * $0) } }
        return steps.first { $0 * mostTicks >= span } ?? span / mostTicks
    }
}
