import Core
import Store

/// What a claim has found out beside what it takes: why tasks wait, and what is full.
struct ClaimFindings {
    /// Why single tasks are not taken.
    private(set) var holds: [(id: Int, hold: String)] = []
    /// Which runner's turn the tasks are that it leaves to others.
    private(set) var turns: [(id: Int, hold: String)] = []
    /// DAGs and pools that held something back, so that the next look goes past them.
    private(set) var full = FullLimits()
    private var fullDAGs: Set<Int> = []
    private var fullPools: Set<String> = []
    private var isRunnerFull = false
    private let runner: String

    /// Sorts what was decided about the tasks that were seen.
    init(_ decisions: [ClaimDecision], seen tasks: [QueuedTask], runner: String) {
        self.runner = runner
        let byID = Dictionary(tasks.map { ($0.id, $0) }) { first, _ in first }
        for decision in decisions {
            guard case .hold(let id, let hold) = decision, let task = byID[id] else { continue }
            if case .runnerFull = hold {
                isRunnerFull = true
                // It is no trait of the task, and told once, on the runner; but no longer is the task held by what held it.
                if task.hold != nil, task.hold != "runner_full \(runner)" {
                    holds.append((id, "runner_full \(runner)"))
                }
                continue
            }
            // It is another runner's turn, and will be taken at once; who takes turns must know whose it was.
            if case .leftTo = hold {
                if task.placement == .roundRobin, task.hold != hold.description {
                    turns.append((id, hold.description))
                }
                continue
            }
            holds.append((id, hold.description))
            note(hold, task)
        }
    }

    private mutating func note(_ hold: ClaimHold, _ task: QueuedTask) {
        switch hold {
        case .poolFull(let pool):
            full.pools.insert(pool)
            fullPools.insert(pool)
        case .poolKept(let pool, _), .unknownPool(let pool): full.pools.insert(pool)
        case .activeTasks: fullDAGs.insert(task.dag)
        case .runnerKept: isRunnerFull = true
        case .poolTooSmall, .tooLarge, .runnerFull, .leftTo: break
        }
        if hold.isAboutTheDAG { full.dags.insert(task.dag) }
    }

    /// What is to be written as full now.
    func newlyFull(_ limits: LockedLimits, _ use: SlotUse) -> FullLimits {
        var news = FullLimits()
        news.dags = fullDAGs.subtracting(limits.saidFull.dags)
        news.pools = fullPools.subtracting(limits.saidFull.pools)
        if isRunnerFull, !use.isRunnerSaidFull { news.runners = [runner] }
        return news
    }

    /// What was written as full and held nothing back this time.
    func noLongerFull(_ limits: LockedLimits, _ use: SlotUse) -> FullLimits {
        var news = FullLimits()
        news.dags = limits.saidFull.dags.subtracting(fullDAGs)
        news.pools = limits.saidFull.pools.subtracting(fullPools)
        if use.isRunnerSaidFull, !isRunnerFull { news.runners = [runner] }
        return news
    }
}
