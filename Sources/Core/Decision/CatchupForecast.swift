/// What deciding all of a DAG's ticks up to now would come to, without deciding any.
package struct CatchupForecast: Hashable, Sendable {
    /// How many runs would be created.
    package private(set) var runs = 0
    /// The ticks of the first and the last of them.
    package private(set) var firstRun: Timestamp?
    package private(set) var lastRun: Timestamp?
    /// How many ticks would have no run, by the reason.
    package private(set) var skips: [TickPlan.Skip: Int] = [:]
    /// Whether runs under way would be cancelled, as `overlap: cancel` has it.
    package private(set) var cancelsUnfinished = false
    /// The first tick that is left for later; nil: there is none.
    package private(set) var nextTick: Timestamp?
    /// Whether these are all; otherwise there are yet more than were looked at.
    package private(set) var isWhole = true

    /// Nothing is due.
    package init() {}

    /// Decides pass after pass until nothing is due, or a pass's most ticks were looked at.
    package init(of snapshot: TickSnapshot) {
        var snapshot = snapshot
        var ticks = 0
        repeat {
            let plan = decide(snapshot)
            for entry in plan.entries { add(entry) }
            ticks = runs + skips.values.reduce(0, +)
            cancelsUnfinished = cancelsUnfinished || plan.cancelsUnfinished
            nextTick = plan.nextTick
            snapshot.cursor = plan.cursor
            snapshot.hasUnfinishedRun = snapshot.hasUnfinishedRun || runs > 0
            isWhole = plan.nextTick.map { $0 > snapshot.now } ?? true
        } while !isWhole && ticks < TickPlan.mostTicks
    }

    private mutating func add(_ entry: TickPlan.Entry) {
        switch entry {
        case .create(let tick, _):
            runs += 1
            firstRun = firstRun ?? tick
            lastRun = tick
        case .skip(_, let reason): skips[reason, default: 0] += 1
        case .skipRange(_, _, let count, let reason): skips[reason, default: 0] += count
        }
    }
}
