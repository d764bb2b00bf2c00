import Core
import Logging
import Postgres
import Store
import Testing

@testable import Executor
@testable import Scheduler
@testable import Simulation

/// The memory that the simulation plays on and a real database, to which the same is done step by step.
struct TwoStores {
    let stage: Stage
    let memory: MemoryStore
    let engine: Engine
    let operations: Operations
    var chance: SplitMix64
    /// What was done, for people.
    private(set) var steps: [String] = []
    private var pairs: [(real: AttemptID, memory: AttemptID)] = []
    private var claimMemories = [ClaimMemory(), ClaimMemory()]
    private var lastServed: [[Int: Timestamp]] = [[:], [:]]
    private let slots: [Int]

    /// Puts the same DAGs in force on both sides.
    init(_ stage: Stage, seed: UInt64, mutation: Mutation?) async throws {
        self.stage = stage
        var chance = SplitMix64(seed: SplitMix64.mix(seed &+ 0xD1FF))
        slots = [chance.pick(1...4), chance.pick(1...4)]
        var pools: [(name: String, slots: Int, order: QueueOrder)] = []
        for name in ["pool0", "pool1"] {
            pools.append((name: name, slots: chance.pick(1...3), order: chance.pick(QueueOrder.allCases) ?? .fair))
        }
        var dags: [DAG] = []
        for index in 0..<chance.pick(1...2) {
            dags.append(DAGMaker.dag(index, pools: pools.map(\.slots), runners: slots, healsAt: 200_000, &chance))
        }
        self.chance = chance
        memory = try MemoryStore(
            dags: dags,
            pools: pools,
            runners: 2,
            clock: Scenario.beginning,
            mutation: mutation
        )
        let byName = Dictionary(uniqueKeysWithValues: dags.map { ($0.id, $0) })
        engine = Engine(
            store: stage.store,
            versions: DAGVersions { source in try #require(byName[source.dag]) },
            executorWake: WakeFan(),
            schedulerWake: WakeSignal(),
            announcer: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            chance: { 0.5 }
        )
        operations = Operations(engine: engine)
        let named = pools
        try await stage.store.transaction { connection in
            try connection.setPools(named)
            for runner in 0..<2 {
                _ = try connection.acquireLease("runner:r\(runner)", holder: "test:1", for: .seconds(1_000_000))
            }
        }
        for dag in dags {
            let source = VersionSource(dag: dag.id, path: dag.id + ".yaml", bytes: Array(dag.id.utf8), calendars: [:])
            let engine = engine
            _ = try await stage.store.transaction { try engine.putInForce(dag, source: source, tzdata: nil, on: $0) }
        }
    }

    // MARK: - Steps

    /// Does one thing on both sides, which chance chooses; returns what they answer differently.
    mutating func step() async throws -> String? {
        do {
            switch chance.below(100) {
            case 0..<16: try await pass(.milliseconds(chance.pick(10...9_000)))
            case 16..<30: try await look()
            case 30..<36: try await trigger()
            case 36..<56: try await claim()
            case 56..<62: try await begin()
            case 62..<86: try await end()
            default: try await say()
            }
            return nil
        } catch let difference as Difference {
            return difference.words
        }
    }

    private struct Difference: Error {
        var words: String
    }

    private func compare<T: Equatable>(_ what: String, real: T, memory: T) throws {
        guard real != memory else { return }
        throw Difference(words: "\(what): PostgreSQL says \(real), memory says \(memory)")
    }

    private mutating func pass(_ span: Duration) async throws {
        memory.clock += span
        steps.append("\(span) pass")
        try await stage.set(clock: memory.clock)
    }

    /// What the scheduler's loop does in one look.
    private mutating func look() async throws {
        let ids = try await realRuns()
        let due = try await stage.store.perform { connection in
            (
                ticks: try connection.dueDAGs(limit: 100), retries: try connection.runsWithDueRetries(limit: 100),
                limits: try connection.runsPastTheirLimit(),
                waiting: try connection.dagsWithWaitingRuns(limit: 1_000).dags
            )
        }
        let mine = (
            memory.dueDAGs(), memory.runsWithDueRetries(), memory.runsPastTheirLimit(), memory.dagsWithWaitingRuns()
        )
        steps.append("a look: ticks \(mine.0), retries \(mine.1), limits \(mine.2), waiting \(mine.3)")
        try compare("due DAGs", real: Set(due.ticks), memory: Set(mine.0.map(real)))
        try compare("due retries", real: due.retries, memory: mine.1.compactMap { ids[$0] })
        try compare("runs past their limit", real: due.limits, memory: mine.2.compactMap { ids[$0] })
        try compare("DAGs with waiting runs", real: due.waiting, memory: mine.3.map(real))
        _ = try await engine.decideTicks(ofDAGs: mine.0.map(real), tzdata: nil)
        for dag in mine.0 { follow(memory.decideTicks(ofDAG: dag).0) }
        try await engine.queueRetries(inRuns: due.retries)
        follow(memory.queueRetries(inRuns: mine.1))
        try await engine.cancel(runs: due.limits, actor: "scheduler", reason: "timed_out")
        if !mine.2.isEmpty { follow(memory.cancel(runs: mine.2, reason: "timed_out")) }
        let waiting = mine.3.filter { !mine.0.contains($0) }
        try await engine.startRuns(ofDAGs: waiting.map(real))
        for dag in waiting { _ = memory.startRuns(ofDAG: dag) }
    }

    private mutating func trigger() async throws {
        let dag = chance.below(memory.dags.count)
        steps.append("trigger d\(dag)")
        _ = try await operations.trigger(
            dag: "d\(dag)",
            params: [:],
            logicalDate: nil,
            actor: "test",
            idempotencyKey: nil
        )
        follow(memory.trigger(dag: dag).1)
    }

    private func real(_ dag: Int) -> Int { dag + 1 }

    /// The database's ids of the memory's runs; those of runs that were refused are left out there.
    private func realRuns() async throws -> [Int: Int] {
        var ids: [Int: Int] = [:]
        for row in try await stage.ask("SELECT dag_id::text, key, id::text FROM dag_run", columns: 3) {
            guard let dag = Int(row[0]), let run = memory.dags[dag - 1].runsByKey[row[1]] else { continue }
            ids[run] = Int(row[2])
        }
        return ids
    }

    /// What follows from a commit.
    private func follow(_ outcome: PassOutcome) {
        for dag in outcome.dagsWithEndedRuns.sorted() { _ = memory.startRuns(ofDAG: dag) }
    }

    // MARK: - Attempts

    private mutating func claim() async throws {
        let runner = chance.below(2)
        steps.append("r\(runner) claims")
        let claimer = Claimer(
            runner: ClaimingRunner(
                name: "r\(runner)",
                labels: [],
                slots: slots[runner],
                isLocal: false,
                fence: 1,
                holder: "test:1"
            ),
            versions: engine.versions,
            identity: nil
        )
        let before = claimMemories[runner]
        let claim = try await stage.store.transaction { try claimer.claim(except: FullLimits(), before, on: $0) }
        claimMemories[runner] = claim.memory
        let seat = ClaimingSeat(
            runner: runner,
            name: "r\(runner)",
            slots: slots[runner],
            server: 0,
            incarnation: 1,
            fence: 1,
            boot: 1,
            disk: 1
        )
        var chance = chance
        let lines = memory.claim(
            memory.queuedTasks(for: seat),
            seat,
            memory.slotUse(runner: runner),
            lastServed: lastServed[runner]
        ) { chance.next() }.claimed
        self.chance = chance
        for line in lines { lastServed[runner][line.dag] = memory.clock }
        let theirs = claim.tasks.map { task in
            (
                key: "\(task.intent.task.run) \(task.intent.task.task) \(task.mapped?.mapIndex ?? -1)",
                id: task.intent.id
            )
        }
        let ids = try await realRuns()
        let ours = lines.map { line in
            let key = memory.instances[line.instance].key
            return (key: "\(ids[line.run] ?? 0) \(key.task) \(key.mapIndex)", id: line.id)
        }
        try compare("what is claimed", real: theirs.map(\.key), memory: ours.map(\.key))
        for (their, our) in zip(theirs, ours) { pairs.append((real: their.id, memory: our.id)) }
    }

    /// An attempt that was claimed once, live or not.
    private mutating func pair() -> (real: AttemptID, memory: AttemptID)? {
        let live = pairs.filter { pair in memory.attemptIndex[pair.memory].map { !memory.attempts[$0].isOver } ?? false
        }
        // A report may come twice.
        return chance.happens(900) ? chance.pick(live) : chance.pick(pairs)
    }

    private mutating func begin() async throws {
        guard let pair = pair() else { return }
        let choice = chance.below(4)
        steps.append("attempt \(pair.memory): \(["runs", "runs", "is being ended", "is unreachable"][choice])")
        try await stage.store.transaction { connection in
            switch choice {
            case 0, 1: try connection.setRunning([(attempt: pair.real, instance: 0, processID: 7)])
            case 2: try connection.setCancelling([pair.real])
            default: try connection.setUnreachable([pair.real], reason: "test")
            }
        }
        switch choice {
        case 0, 1: memory.setRunning([pair.memory])
        case 2: memory.setCancelling([pair.memory])
        default: memory.setUnreachable([pair.memory])
        }
    }

    private mutating func end() async throws {
        let ids = try await realRuns()
        var theirs: [AttemptReport] = []
        var ours: [EndReport] = []
        for _ in 0..<chance.pick(1...3) {
            guard let pair = pair(), let index = memory.attemptIndex[pair.memory] else { continue }
            let end = drawEnd()
            let run = memory.attempts[index].run
            steps.append("attempt \(pair.memory) of run \(run): \(end)")
            guard !ours.contains(where: { $0.attempt == pair.memory }) else { continue }
            theirs.append(AttemptReport(attempt: pair.real, run: ids[run] ?? 0, end: end))
            ours.append(EndReport(attempt: pair.memory, run: run, end: end))
        }
        guard !ours.isEmpty else { return }
        let versions = engine.versions
        let reports = theirs
        let outcome = try await stage.store.transaction { connection in
            var pass = try Pass(over: reports, versions: versions, on: connection)
            try pass.applyReports(chance: { 0.5 }, on: connection)
            return try pass.finish(on: connection)
        }
        await engine.follow(outcome)
        follow(memory.finish(ours) { 0.5 })
    }

    private mutating func drawEnd() -> AttemptEnd {
        let draw = chance.below(20)
        if draw == 0 { return .neverStarted(reason: "it never arrived") }
        if draw == 1 { return .lost(proof: "its host was restarted") }
        if draw == 2 { return .unfit(reason: "a name has no value") }
        let record = ExitRecord(
            ending: draw == 3 ? .signalled(9) : .exited(draw < 13 ? 0 : draw < 18 ? 1 : 99),
            cause: draw == 3 ? (chance.happens(500) ? .timedOut : .cancelled) : .itself,
            startedAt: Scenario.beginning,
            endedAt: Scenario.beginning,
            duration: .zero,
            logBytes: 0
        )
        return .exited(record, outputProblem: draw == 4 ? "it published no number" : nil)
    }

    // MARK: - Words of people

    private mutating func say() async throws {
        if chance.happens(150) {
            let (dag, isPaused) = (chance.below(memory.dags.count), chance.happens(500))
            steps.append("d\(dag) paused: \(isPaused)")
            try await operations.setPaused(dag: "d\(dag)", isPaused, actor: "test")
            return memory.setPaused(dag: dag, isPaused)
        }
        guard let run = chance.pick(memory.runs.map(\.id)) else { return }
        let dag = memory.runs[run].dag
        let name = RunName(dag: "d\(dag)", key: memory.runs[run].key)
        let task = chance.below(memory.dags[dag].dag.tasks.count)
        let mapped = memory.rows(ofRun: run).filter { $0.key.task == task && !$0.key.isWhole }.map(\.key.mapIndex)
        let mapIndex = chance.happens(300) ? chance.pick(mapped) : nil
        let word = chance.below(6)
        let state = chance.pick([TaskState.success, .failed, .skipped]) ?? .failed
        let (downstream, onlyFailed) = (chance.happens(500), chance.happens(300))
        steps.append(
            "a word \(word) on run \(run), t\(task)[\(mapIndex ?? -1)], \(state), \(downstream), \(onlyFailed)"
        )
        let isRefused = await isRefused { [operations] in
            switch word {
            case 0, 1, 2:
                let tasks = word == 0 ? [] : ["t\(task)"]
                _ = try await operations.clear(
                    ClearRequest(run: name, tasks: tasks, downstream: downstream, onlyFailed: onlyFailed),
                    planHash: nil,
                    actor: "test",
                    reason: nil
                )
            case 3:
                try await operations.mark(
                    run: name,
                    task: "t\(task)",
                    mapIndex: mapIndex,
                    state: state,
                    actor: "test",
                    reason: nil
                )
            case 4: try await operations.cancel(run: name, actor: "test", reason: nil)
            default:
                try await operations.cancel(
                    run: name,
                    task: "t\(task)",
                    mapIndex: mapIndex,
                    actor: "test",
                    reason: nil
                )
            }
        }
        var wasRefused = false
        do throws(Refusal) {
            switch word {
            case 0, 1, 2:
                let tasks = word == 0 ? [] : [task]
                try memory.clear(run: run, tasks: tasks, downstream: downstream, onlyFailed: onlyFailed)
                _ = memory.startRuns(ofDAG: dag)
            case 3:
                try memory.mark(run: run, task: task, mapIndex: mapIndex, state)
                _ = memory.startRuns(ofDAG: dag)
            case 4:
                follow(try memory.cancel(run: run))
                _ = memory.startRuns(ofDAG: dag)
            default:
                follow(try memory.cancel(run: run, task: task, mapIndex: mapIndex))
                _ = memory.startRuns(ofDAG: dag)
            }
        } catch {
            wasRefused = true
        }
        try compare("whether it is refused", real: isRefused, memory: wasRefused)
    }

    private func isRefused(_ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return false
        } catch is OperationError {
            return true
        } catch {
            Issue.record("\(error): \(steps)")
            return true
        }
    }
}
