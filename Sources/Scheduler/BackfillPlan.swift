package import Core
package import Store

/// What a backfill does with the ticks of its range.
package struct BackfillPlan: Hashable, Sendable {
    /// What is done with one tick.
    package enum Action: String, Hashable, Sendable, CaseIterable {
        case create
        case rerun
        case leave
    }

    /// One tick of the range.
    package struct Item: Hashable, Sendable {
        package var logicalDate: Timestamp
        /// The key of the run that is created, or of the one that is left.
        package var key: String
        package var existing: RunState?
        package var action: Action
    }

    /// Nil as long as it is only a plan.
    package var id: Int?
    package var dag: String
    /// A word for exactly these ticks, and what is done with each.
    package let hash: String
    /// The ticks in the order of their turn; of more than `mostItems` those at both ends.
    package var items: [Item]
    /// How many ticks the range has, by what is done with them.
    package var counts: [Action: Int]
    /// How many of them have a run already, by its state.
    package var existing: [RunState: Int]
    /// How long runs usually take; nil: none of the newest has succeeded.
    package var usual: UsualDuration?
    /// How long the backfill will probably take; nil where `usual` is.
    package var forecast: BackfillForecast?
    /// The pools that the DAG's tasks ask for, by name.
    package var pools: [BackfillForecast.PoolDemand]

    /// The most ticks that are listed one by one.
    package static let mostItems = 1_000

    /// How many ticks the range has.
    package var ticks: Int { counts.values.reduce(0, +) }
    /// How many runs are made.
    package var wanted: Int { ticks - (counts[.leave] ?? 0) }
    /// How many ticks between the listed ones are not listed.
    package var omitted: Int { ticks - items.count }

    /// Counts all items, and keeps those that are listed.
    init(dag: String, items: [Item]) {
        self.dag = dag
        counts = [:]
        existing = [:]
        var hash = PlanHash()
        for item in items {
            hash.add(item.logicalDate.microseconds)
            hash.add(item.action.rawValue)
            counts[item.action, default: 0] += 1
            if let state = item.existing { existing[state, default: 0] += 1 }
        }
        let end = Self.mostItems / 2
        self.items = items.count <= Self.mostItems ? items : Array(items.prefix(end) + items.suffix(end))
        pools = []
        self.hash = hash.text
    }
}
