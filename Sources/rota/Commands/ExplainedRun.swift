import Core

/// A coming run, with what the zone's clocks do to it.
struct ExplainedRun: Hashable, Sendable {
    var instant: Timestamp
    /// The instant on the zone's clocks, for programs and for people.
    var text: String
    var words: String
    var notes: [String]

    /// The next runs of a schedule after an instant.
    static func next(_ count: Int, of schedule: Schedule, after now: Timestamp) -> [ExplainedRun] {
        let zone = schedule.timetable.zone
        var runs: [ExplainedRun] = []
        var last = now
        while runs.count < count, let tick = schedule.nextRun(after: last) {
            let change = zone.transitions(from: last + .microseconds(1), to: tick + .microseconds(1)).last
            var notes: [String] = []
            if let change { notes.append(note(change, before: tick)) }
            if let twice = noteOfRepetition(tick, zone) { notes.append(twice) }
            runs.append(
                ExplainedRun(
                    instant: tick,
                    text: tick.rfc3339(in: zone),
                    words: Words.instant(tick, in: zone),
                    notes: notes
                )
            )
            last = tick
        }
        return runs
    }

    private static func note(_ change: TimeZoneRules.Transition, before tick: Timestamp) -> String {
        let start = change.localStart
        let end = change.localEnd
        guard change.isGap else {
            return "clocks go back from \(end.clock) to \(start.clock) on \(end.date)"
        }
        let jump = "clocks go forward from \(start.clock) to \(end.clock) on \(start.date)"
        return change.instant == tick ? jump + "; this is the first instant after" : jump
    }

    /// Says which of two it is, where the clocks show the run's time twice.
    private static func noteOfRepetition(_ tick: Timestamp, _ zone: TimeZoneRules) -> String? {
        guard case .twice(let first, _) = zone.occurrence(of: zone.local(tick)) else { return nil }
        return tick == first ? "this time comes twice; this is the first" : "this time comes twice; this is the second"
    }
}
