import Core
import Postgres
import Runner
import Scheduler
import Store

/// An intent that is committed, with all that its order needs.
struct ClaimedTask: Sendable {
    var intent: Intent
    var version: LoadedVersion
    var facts: OrderFacts
    var outputs: [String: [String: String]]
    /// Nil where the task is not mapped.
    var mapped: (mapIndex: Int, item: JSONValue)?

    var task: TaskDefinition { version.dag.tasks[intent.task.task] }
}

/// What one look at the queue gave.
struct Claim: Sendable {
    var tasks: [ClaimedTask] = []
    /// What kept tasks from being taken.
    var full = FullLimits()
    /// Whether the runner has no free slot left.
    var isRunnerFull = false
    /// Whether another runner took some of what was chosen.
    var wasLate = false
    /// Whether there may be more in the queue than was looked at.
    var hasMore = false
    /// Whether only what is still to be queued can be for this runner: no slot that becomes free changes that.
    var isIdle = false
    var memory = ClaimMemory()
}

/// Takes queued tasks for one runner, in one transaction: looks at a window of the queue, locks what limits the tasks,
/// counts in a later statement, decides, and writes intents.
struct Claimer: Sendable {
    let runner: ClaimingRunner
    let versions: DAGVersions
    let identity: RunnerIdentity?
    /// Whether the runner ends attempts by itself when it hears of no server.
    var canFence = false

    /// Takes what may be taken; `full` names what need not be looked at.
    func claim(except full: FullLimits, _ memory: ClaimMemory, on connection: isolated Connection) throws -> Claim {
        let limit = max(64, 2 * runner.slots)
        let window = try connection.queuedTasks(for: runner, limit: limit, except: full, afterDAG: memory.lastDAG)
        var claim = Claim(hasMore: window.tasks.count >= limit, memory: memory)
        claim.memory.lastDAG = window.lastDAG
        // A look that finds nothing locks nothing, and so its end need not wait for the disk.
        guard !window.tasks.isEmpty else {
            // A runner that others' tasks may fall to has to see when there is no room for these elsewhere.
            claim.isIdle = full == FullLimits() && !runner.takesAny
            return claim
        }
        let ground = try connection.ground(
            for: runner,
            dags: Set(window.tasks.map(\.dag)).sorted(),
            pools: Set(window.tasks.compactMap(\.pool)).sorted()
        )
        guard let ground else { throw LeaseLost() }
        if ground.use.isDrained { return Claim(isRunnerFull: true, memory: memory) }
        let now = ground.now
        let (chosen, facts) = try choose(window.tasks, ground, &claim, on: connection)
        var random = SystemRandomNumberGenerator()
        let intents = try chosen.map { task in
            let version = try versions.version(task.version, on: connection)
            return Intent(
                id: AttemptID(milliseconds: now.microseconds / 1_000, random: (random.next(), random.next())),
                task: task,
                silenceLimit: canFence ? version.dag.tasks[task.task].onUnreachable.limit : nil
            )
        }
        try connection.write(intents, runner: runner, bootID: identity?.bootID, directoryID: identity?.directoryID)
        try connection.record(
            intents.map {
                Transition(
                    run: $0.task.run,
                    instance: $0.task.id,
                    attempt: $0.id,
                    old: nil,
                    new: .intended,
                    actor: "executor"
                )
            }
        )
        claim.memory.note(served: chosen.map(\.dag), at: now)
        claim.tasks = try complete(intents, facts, on: connection)
        return claim
    }

    /// Decides which of the tasks this runner takes, in their order, and locks these; with the facts about their runs.
    private func choose(
        _ seen: [QueuedTask],
        _ ground: ClaimGround,
        _ claim: inout Claim,
        on connection: isolated Connection
    ) throws -> (tasks: [QueuedTask], facts: [Int: OrderFacts]) {
        let (now, limits, use) = (ground.now, ground.limits, ground.use)
        var readable: [(task: QueuedTask, version: LoadedVersion)] = []
        var unreadable: [QueuedTask] = []
        for task in seen {
            if let version = try version(task.version, on: connection) {
                readable.append((task, version))
            } else {
                unreadable.append(task)
            }
        }
        let candidates = try readable.map { try candidate($0, now, &claim.memory, on: connection) }
        var snapshot = ClaimSnapshot(
            now: now,
            candidates: candidates,
            freeSlots: runner.slots - use.runner,
            totalSlots: runner.slots,
            freePoolSlots: limits.poolSlots.reduce(into: [:]) { $0[$1.key] = $1.value - (use.pools[$1.key] ?? 0) },
            totalPoolSlots: limits.poolSlots,
            freeDAGTasks: try freeDAGTasks(readable, ground, on: connection)
        )
        for task in seen {
            guard let pool = task.pool else { continue }
            snapshot.orders[pool] = task.order
            snapshot.placements[pool] = task.placement
        }
        snapshot.runner = runner.name
        if let reserved = runner.reserved {
            snapshot.reserved = reserved
            snapshot.ordinarySlotsInUse = try connection.ordinarySlots(
                ofRunner: runner.name,
                below: reserved.priority
            )
        }
        if !snapshot.placements.isEmpty {
            snapshot.peers = try connection.placementPeers()
            snapshot.lastRunners = limits.lastRunners
        }
        snapshot.slotsOfDAGs = use.slotsOfDAGs
        snapshot.lastServed = claim.memory.lastServed
        let decisions = decide(snapshot)
        let claimed = decisions.compactMap { if case .claim(let id) = $0 { id } else { nil } }
        claim.full.dags.formUnion(unreadable.map(\.dag))
        let found = ClaimFindings(decisions, seen: seen, runner: runner.name)
        claim.full.formUnion(found.full)
        // The head of the queue is told why it waits; what stands behind it waits for the same and for the head.
        let holds = unreadable.map { (id: $0.id, hold: "version_unreadable") } + found.holds
        try connection.setHolds(Array(holds.prefix(16)) + found.turns)
        try connection.noteFull(found.newlyFull(limits, use), noLonger: found.noLongerFull(limits, use))
        // Only what is taken is locked: another claim may have taken some of it before this one held the limits' locks.
        let byID = Dictionary(seen.map { ($0.id, $0) }) { first, _ in first }
        let runs = Set(claimed.compactMap { byID[$0]?.run }).sorted()
        let locked = try connection.lockQueued(claimed.sorted(), ofRuns: runs)
        let taken = claimed.filter { locked.ids.contains($0) }.compactMap { byID[$0] }
        try connection.noteLastRunners(snapshot.lastTurns(after: decisions))
        claim.wasLate = taken.count < claimed.count
        claim.isRunnerFull = taken.reduce(use.runner) { $0 + $1.slots } >= runner.slots
        return (taken, locked.facts)
    }

    /// How many more tasks each DAG may start: by its version in force, whichever version its runs are pinned to.
    private func freeDAGTasks(
        _ readable: [(task: QueuedTask, version: LoadedVersion)],
        _ ground: ClaimGround,
        on connection: isolated Connection
    ) throws -> [Int: Int] {
        var free: [Int: Int] = [:]
        for (task, pinned) in readable where free[task.dag] == nil {
            let inForce = try ground.limits.versions[task.dag].flatMap { try version($0, on: connection) }
            free[task.dag] = (inForce ?? pinned).dag.maximumActiveTasks - (ground.use.dags[task.dag] ?? 0)
        }
        return free
    }

    /// The facts about a task by which it finds its place in the queue.
    private func candidate(
        _ seen: (task: QueuedTask, version: LoadedVersion),
        _ now: Timestamp,
        _ memory: inout ClaimMemory,
        on connection: isolated Connection
    ) throws -> ClaimSnapshot.Candidate {
        let task = seen.task
        var candidate = ClaimSnapshot.Candidate(
            id: task.id,
            dag: task.dag,
            pool: task.pool,
            slots: task.slots,
            priority: task.priority,
            queuedAt: task.queuedAt,
            deadline: task.deadline
        )
        candidate.labels = task.labels
        candidate.namesRunner = task.namesRunner
        candidate.leftTo = task.hold.flatMap { $0.hasPrefix("left_to ") ? String($0.dropFirst(8)) : nil }
        guard task.order == .shortest || task.order == .criticalPath else { return candidate }
        var durations = memory.usualDurations(ofDAG: task.dag, at: now)
        if durations == nil {
            let found = try connection.usualDurations(dag: task.dag)
            let isWhole = seen.version.dag.tasks.allSatisfy { found[$0.id] != nil }
            memory.remember(usual: found, ofDAG: task.dag, isWhole: isWhole, at: now)
            durations = found
        }
        candidate.usualDuration = durations?[seen.version.dag.tasks[task.task].id]
        if task.order == .criticalPath {
            candidate.usualPath = memory.usualPaths(of: seen.version, durations ?? [:])[task.task]
        }
        return candidate
    }

    /// A version; nil where this program cannot read it, which must keep nobody else's tasks from being taken.
    private func version(_ id: Int, on connection: isolated Connection) throws -> LoadedVersion? {
        do {
            return try versions.version(id, on: connection)
        } catch is SchedulerError {
            return nil
        }
    }

    /// Reads what the orders need besides, in the transaction of the intents.
    private func complete(
        _ intents: [Intent],
        _ facts: [Int: OrderFacts],
        on connection: isolated Connection
    ) throws -> [ClaimedTask] {
        guard !intents.isEmpty else { return [] }
        let mapped = try intents.filter { intent in
            try versions.version(intent.task.version, on: connection).dag.tasks[intent.task.task].mapping != nil
        }
        let items = try connection.items(of: mapped.map(\.task.id))
        var published = PublishedMemory()
        return try intents.compactMap { intent in
            guard let facts = facts[intent.task.run] else { return nil }
            let version = try versions.version(intent.task.version, on: connection)
            let task = version.dag.tasks[intent.task.task]
            let templates = version.dag.environment.map(\.value) + task.templates
            let mapped = items[intent.task.id]
            let outputs = try published.texts(
                for: templates.flatMap(\.references),
                of: InstanceKey(task: intent.task.task, mapIndex: mapped?.mapIndex ?? InstanceKey.whole),
                run: intent.task.run,
                version,
                on: connection
            )
            return ClaimedTask(intent: intent, version: version, facts: facts, outputs: outputs, mapped: mapped)
        }
    }
}
