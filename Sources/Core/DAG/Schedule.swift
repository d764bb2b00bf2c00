/// A timetable and the policies around it.
package struct Schedule: Hashable, Sendable {
    /// The rule that yields ticks.
    package var timetable: Timetable
    /// The rule as the file writes it, for pages: `30 4 * * *`, `every 15m`.
    package var text: String
    package var catchup: Catchup
    /// How far back `catchup: all` reaches.
    ///
    /// Defaults to 7 days.
    package var catchupWindow: Duration
    package var overlap: Overlap
    /// A run not started this long after its tick is cancelled; nil: never.
    package var startDeadline: Duration?
    /// The span over which starts are spread; zero: none.
    package var jitter: Duration

    /// Whether ticks are only noted, for comparison with another scheduler, and none has a run.
    package var isShadow: Bool

    /// What happens to ticks that passed while nothing was deciding.
    package enum Catchup: String, Hashable, Sendable, CaseIterable {
        /// All are skipped.
        case none
        /// The newest is created.
        case latest
        /// Each within the window is created.
        case all
    }

    /// What happens to a tick that is due while an earlier scheduled run is unfinished.
    package enum Overlap: String, Hashable, Sendable, CaseIterable {
        /// It is created and waits.
        case queue
        /// It is skipped.
        case skip
        /// The running one is cancelled first.
        case cancel
        /// Both run.
        case allow
    }

    /// Makes a schedule with every policy at its default.
    package init(timetable: Timetable, text: String) {
        self.timetable = timetable
        self.text = text
        catchup = .latest
        catchupWindow = .seconds(7 * 86_400)
        overlap = .queue
        jitter = .zero
        isShadow = false
    }
}
