/// A past range that a person wants run.
package struct BackfillRequest: Hashable, Sendable {
    /// What happens to ticks that have a run.
    package enum Rerun: String, Hashable, Sendable, CaseIterable {
        /// They are left.
        case missing
        /// They are run again if they failed or were cancelled.
        case failed
        /// They are run again.
        case all
    }

    package var dag: String
    /// The first date or instant, in the DAG's zone.
    package var from: String
    /// The date or instant before which the range ends.
    package var to: String
    /// How many of its runs may be under way at once.
    ///
    /// Defaults to 1.
    package var maxActive: Int
    package var rerun: Rerun
    /// Newest first.
    package var reverse: Bool

    /// Joins the choices.
    package init(
        dag: String,
        from: String,
        to: String,
        maxActive: Int = 1,
        rerun: Rerun = .missing,
        reverse: Bool = false
    ) {
        self.dag = dag
        self.from = from
        self.to = to
        self.maxActive = maxActive
        self.rerun = rerun
        self.reverse = reverse
    }
}
