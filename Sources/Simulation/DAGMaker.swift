import Core

/// Draws small DAGs with everything that decisions look at.
enum DAGMaker {
    /// Draws the DAG of that number; its schedule ends well before everything is repaired.
    static func dag(
        _ index: Int,
        pools: [Int],
        runners: [Int],
        healsAt: Int,
        _ chance: inout SplitMix64
    ) -> DAG {
        var tasks: [TaskDefinition] = []
        let count = chance.pick(1...6)
        for position in 0..<count { tasks.append(task(position, tasks, pools, runners, &chance)) }
        var dag = DAG(id: "d\(index)", tasks: tasks)
        dag.maximumActiveRuns = chance.pick(1...2)
        dag.maximumActiveTasks = chance.happens(300) ? chance.pick(1...2) : 16
        if chance.happens(150) { dag.timeout = .seconds(chance.pick(5...60)) }
        if chance.happens(600) { dag.schedule = schedule(healsAt, &chance) }
        return dag
    }

    private static func schedule(_ healsAt: Int, _ chance: inout SplitMix64) -> Schedule {
        let every = Duration.seconds(chance.pick(8...40))
        let end = Scenario.beginning + .milliseconds(healsAt * 3 / 4)
        var schedule = Schedule(timetable: Timetable(every: every, end: end), text: "every \(every)")
        schedule.catchup = chance.pick(Schedule.Catchup.allCases) ?? .latest
        schedule.overlap = chance.pick(Schedule.Overlap.allCases) ?? .queue
        if chance.happens(300) { schedule.startDeadline = .seconds(chance.pick(3...30)) }
        if chance.happens(200) { schedule.jitter = .seconds(chance.pick(1...5)) }
        if chance.happens(300) { schedule.catchupWindow = .seconds(chance.pick(70...200)) }
        schedule.isShadow = chance.happens(40)
        return schedule
    }

    private static func task(
        _ position: Int,
        _ earlier: [TaskDefinition],
        _ pools: [Int],
        _ runners: [Int],
        _ chance: inout SplitMix64
    ) -> TaskDefinition {
        let needs = earlier.map(\.id).filter { _ in chance.happens(450) }
        var task = TaskDefinition(id: "t\(position)", needs: needs, action: .run(script: "true"))
        if chance.happens(80) { task.action = .join }
        if chance.happens(300) { task.triggerRule = chance.pick(TriggerRule.allCases) ?? .allSuccess }
        if chance.happens(400) {
            task.retries = RetryPolicy(limit: chance.pick(1...2), delay: .seconds(chance.pick(1...6)), jitter: 0.2)
        }
        if chance.happens(150) { task.timeout = .seconds(chance.pick(2...8)) }
        if chance.happens(120) { task.allowsFailure = true }
        var most = runners.max() ?? 1
        if chance.happens(400) {
            let pool = chance.below(pools.count)
            task.pool = "pool\(pool)"
            most = min(most, pools[pool])
        }
        if chance.happens(150) {
            let runner = chance.below(runners.count)
            task.runner = .named("r\(runner)")
            most = min(most, runners[runner])
        }
        // Never more than there are, so that everything can end.
        if most > 1, chance.happens(150) { task.slots = 2 }
        task.priority = chance.below(3)
        map(&task, earlier, &chance)
        return task
    }

    private static func map(_ task: inout TaskDefinition, _ earlier: [TaskDefinition], _ chance: inout SplitMix64) {
        guard task.action != .join else { return }
        let mapped = earlier.filter { $0.mapping != nil && task.needs.contains($0.id) }
        if let other = chance.pick(mapped), chance.happens(500) {
            task.mapping = .counterpart(task: other.id)
        } else if chance.happens(180) {
            let items = (0..<chance.below(4)).map { ItemList.Element.value(.string("item\($0)")) }
            task.mapping = .list(.elements(items))
            if chance.happens(500) { task.maximumParallel = chance.pick(1...2) }
        }
    }

    /// A task in a line.
    static func words(_ task: TaskDefinition) -> String {
        var words = "\(task.id) needs \(task.needs), \(task.triggerRule.rawValue)"
        if case .join = task.action { words += ", join" }
        if task.retries.limit > 0 { words += ", retries \(task.retries.limit)" }
        if let timeout = task.timeout { words += ", timeout \(timeout)" }
        if task.allowsFailure { words += ", may fail" }
        if let pool = task.pool { words += ", \(pool) \(task.slots)" }
        if case .named(let name) = task.runner { words += ", on \(name)" }
        if let limit = task.onUnreachable.limit { words += ", silent at most \(limit)" }
        switch task.mapping {
        case .list(.elements(let elements)): words += ", \(elements.count) items"
        case .counterpart(let other): words += ", same as \(other)"
        default: break
        }
        if let limit = task.maximumParallel { words += ", max_parallel \(limit)" }
        return words
    }
}
