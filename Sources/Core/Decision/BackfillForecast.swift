/// How long a backfill will probably take.
package struct BackfillForecast: Hashable, Sendable {
    /// A pool that the DAG's tasks ask for.
    package struct PoolDemand: Hashable, Sendable {
        package var name: String
        /// How many slots it has; nil: there is no such pool, and its tasks would wait in vain.
        package var slots: Int?
        package var slotsInUse: Int
        /// The most slots that one task of a run asks for.
        package var widest: Int

        /// Joins the facts.
        package init(name: String, slots: Int?, slotsInUse: Int, widest: Int) {
            self.name = name
            self.slots = slots
            self.slotsInUse = slotsInUse
            self.widest = widest
        }

        /// How many runs can have a task in it at once.
        var runsAtOnce: Int { max(1, (slots ?? 0) / max(1, widest)) }
    }

    /// What making and starting a run costs at least, whatever it does.
    private static let least = Duration.milliseconds(5)

    /// From beginning to end.
    package var duration: Duration
    /// How many runs go on side by side: the backfill's own limit, or less where a pool is narrower.
    package var runsAtOnce: Int

    /// Assumes that every run takes as long as runs usually do, and that nothing else is in the way.
    package init(runs: Int, maximumActive: Int, usual: Duration, pools: [PoolDemand]) {
        runsAtOnce = max(1, pools.map(\.runsAtOnce).reduce(min(maximumActive, max(1, runs)), min))
        duration = max(usual * ((runs + runsAtOnce - 1) / runsAtOnce), Self.least * runs)
    }
}
