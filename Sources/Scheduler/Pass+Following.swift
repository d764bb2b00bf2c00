import Core
import Postgres
import Store

extension Pass {
    /// How often what follows is looked up row by row before all that waits in the run is read.
    private static let shortRounds = 3

    /// Counts what ended in a run and moves on whatever that lets move.
    mutating func follow(run id: Int, on connection: isolated Connection) throws {
        guard let run = runs[id] else { return }
        let version = try versions.version(run.versionID, on: connection)
        let ends = ended.removeValue(forKey: id) ?? []
        for end in ends { count(run: id, end.outcome) }

        var counted = Cascade(tasks: version.dag.tasks, topology: version.topology, waiting: [:], isComplete: false)
        counted.record(ends)
        let touched = try connection.add(Self.deltas(counted, run: id))
        // A run that is being cancelled has no waiting tasks left, so this judges nothing in it.
        // A run that has not started judges all of its tasks when it does.
        guard run.state == .running else { return }
        let limited = Set(ends.map(\.key.task)).filter { version.dag.tasks[$0].maximumParallel != nil }
        for task in limited.sorted() { try release(run: run, version, task, on: connection) }
        try judge(run: run, version, touched: touched.filter(\.isToJudge), on: connection)
    }

    /// Judges all waiting instances of a run, which were read already; what becomes of them is still to be written.
    mutating func judge(run id: Int, allOf rows: [InstanceRow], on connection: isolated Connection) throws {
        guard let run = runs[id], run.state == .running else { return }
        let version = try versions.version(run.versionID, on: connection)
        let judge = InstanceJudge(run: run, version: version)
        _ = try settle(rows, touched: nil, judge, on: connection)
    }

    /// Judges waiting instances, and what follows from it.
    ///
    /// Most ends only queue what is directly downstream: then the touched rows are all that is needed. Where more
    /// follows it is looked up a few times; then, and where a task is to be expanded, all waiting rows are read, once,
    /// and followed in memory.
    private mutating func judge(
        run: LockedRun,
        _ version: LoadedVersion,
        touched: [InstanceRow],
        on connection: isolated Connection
    ) throws {
        let judge = InstanceJudge(run: run, version: version)
        var touched = touched
        var round = 0
        while !touched.isEmpty, round < Self.shortRounds {
            guard let next = try settle(touched, touched: touched, judge, on: connection) else { break }
            touched = next.filter(\.isToJudge)
            round += 1
        }
        guard !touched.isEmpty else { return }
        let all = try connection.instances(ofRuns: [run.id], in: [.waiting])
        _ = try settle(all, touched: touched, isComplete: true, judge, on: connection)
    }

    /// Decides about touched instances, or all of a run's waiting ones, and what becomes of those downstream in memory.
    ///
    /// Returns what was counted in the database; nil: all waiting rows are needed, and nothing was done.
    private mutating func settle(
        _ rows: [InstanceRow],
        touched: [InstanceRow]?,
        isComplete: Bool = false,
        _ judge: InstanceJudge,
        on connection: isolated Connection
    ) throws -> [InstanceRow]? {
        try judge.prepare(rows, on: connection)
        let version = judge.version
        var cascade = Cascade(
            tasks: version.dag.tasks,
            topology: version.topology,
            waiting: Dictionary(rows.map { ($0.key, $0.counts) }) { first, _ in first },
            isComplete: isComplete || touched == nil
        )
        if let touched { cascade.judge(touched.map(\.key)) } else { cascade.judgeAll() }
        let decisions = try cascade.settle(
            { key, item in try judge.condition(key, item, on: connection) },
            items: { task in try judge.list(task, on: connection) }
        )
        if cascade.needsAll { return nil }
        try write(decisions, run: judge.run.id, version, rows, on: connection)
        // What is decided must not be seen as waiting by what follows.
        if touched != nil { try writeSettlements(on: connection) }
        return try connection.add(Self.deltas(cascade, run: judge.run.id))
    }

    /// Lets instances that others of their task held back take the places that are free now.
    private mutating func release(
        run: LockedRun,
        _ version: LoadedVersion,
        _ task: Int,
        on connection: isolated Connection
    ) throws {
        guard let limit = version.dag.tasks[task].maximumParallel else { return }
        let free = limit - (try connection.instancesUnderWay(run: run.id, task: task))
        guard free > 0 else { return }
        try judge(
            run: run,
            version,
            touched: connection.heldInstances(run: run.id, task: task, limit: free),
            on: connection
        )
    }

    static func deltas(_ cascade: Cascade, run: Int) -> [CountDelta] {
        cascade.deltas.sorted { ($0.key.task, $0.key.mapIndex ?? .min) < ($1.key.task, $1.key.mapIndex ?? .min) }
            .filter { $0.value != UpstreamCounts(total: 0) }
            .map { CountDelta(run: run, target: $0.key, counts: $0.value) }
    }
}

extension InstanceRow {
    /// Whether an end upstream can move it: one that is held was let start already.
    fileprivate var isToJudge: Bool { state == .waiting && !isHeld }
}

// MARK: - Writing what was decided

extension Pass {
    /// What becomes of a waiting instance.
    private enum Fate {
        case queue
        case hold(String)
        case end(TaskState, reason: String?)

        var state: TaskState {
            switch self {
            case .queue: .queued
            case .hold: .waiting
            case .end(let state, _): state
            }
        }

        var reason: String? {
            if case .end(_, let reason) = self { reason } else { nil }
        }

        var hold: String? {
            if case .hold(let hold) = self { hold } else { nil }
        }
    }

    private mutating func write(
        _ decisions: [Cascade.Decision],
        run: Int,
        _ version: LoadedVersion,
        _ rows: [InstanceRow],
        on connection: isolated Connection
    ) throws {
        var fates: [InstanceKey: Fate] = [:]
        var expansions: [(task: Int, items: [JSONValue])] = []
        for decision in decisions {
            switch decision {
            case .queue(let key): fates[key] = .queue
            case .end(let key, let state, let reason): fates[key] = .end(state, reason: reason)
            case .expand(let task, let items): expansions.append((task, items))
            }
        }
        try holdBack(&fates, run: run, version, on: connection)
        for (key, fate) in fates {
            if case .queue = fate { outcome.queued += 1 }
            if let ended = Core.Outcome(fate.state, allowsFailure: version.dag.tasks[key.task].allowsFailure) {
                count(run: run, ended)
            }
        }
        for expansion in expansions { try expand(expansion, fates, run: run, on: connection) }
        try settle(rows.filter { fates[$0.key] != nil }.sorted { $0.id < $1.id }, fates, run: run, on: connection)
        for row in rows where !version.dag.tasks[row.key.task].allowsFailure {
            guard case .end(.failed, let reason)? = fates[row.key] else { continue }
            incidents.append(NewIncident(run: run, instance: row.id, reason: reason))
        }
    }

    /// Takes the places that `max_parallel` leaves, in the order of map indices; what finds none is held.
    private func holdBack(
        _ fates: inout [InstanceKey: Fate],
        run: Int,
        _ version: LoadedVersion,
        on connection: isolated Connection
    ) throws {
        var ready: [Int: [Int]] = [:]
        for (key, fate) in fates where !key.isWhole && version.dag.tasks[key.task].maximumParallel != nil {
            if case .queue = fate { ready[key.task, default: []].append(key.mapIndex) }
        }
        for (task, indices) in ready {
            guard let limit = version.dag.tasks[task].maximumParallel else { continue }
            let starts = ParallelStarts(
                limit: limit,
                underWay: try connection.instancesUnderWay(run: run, task: task),
                ready: indices.sorted()
            )
            for index in decide(starts).hold {
                fates[InstanceKey(task: task, mapIndex: index)] = .hold(starts.hold)
            }
        }
    }

    private mutating func expand(
        _ expansion: (task: Int, items: [JSONValue]),
        _ fates: [InstanceKey: Fate],
        run: Int,
        on connection: isolated Connection
    ) throws {
        let instances = expansion.items.enumerated().map { index, item in
            let fate = fates[InstanceKey(task: expansion.task, mapIndex: index)]
            return NewInstance(item: item, state: fate?.state ?? .waiting, reason: fate?.reason, hold: fate?.hold)
        }
        let ids = try connection.expand(run: run, task: expansion.task, instances)
        change(run) {
            $0.tasks += instances.count - 1
            $0.unfinished += instances.count - 1
        }
        for (index, instance) in instances.enumerated() where instance.state != .waiting {
            guard let id = ids[index] else { continue }
            noteMove(run: run, id, to: instance.state, instance.reason)
        }
    }

    private mutating func settle(
        _ rows: [InstanceRow],
        _ fates: [InstanceKey: Fate],
        run: Int,
        on connection: isolated Connection
    ) throws {
        var held: [String: [Int]] = [:]
        for row in rows {
            switch fates[row.key] {
            case .hold(let hold)?: held[hold, default: []].append(row.id)
            case .queue?: settlements.append((run, InstanceSettlement(id: row.id, state: .queued, reason: nil)))
            case .end(let state, let reason)?:
                settlements.append((run, InstanceSettlement(id: row.id, state: state, reason: reason)))
            case nil: continue
            }
        }
        for hold in held.keys.sorted() { try connection.hold(waiting: held[hold] ?? [], hold) }
    }

    /// Writes what becomes of instances that were waiting.
    mutating func writeSettlements(on connection: isolated Connection) throws {
        let sorted = settlements.sorted { $0.settlement.id < $1.settlement.id }
        settlements = []
        let moved = try connection.settle(sorted.map(\.settlement))
        for (run, settlement) in sorted where moved.contains(settlement.id) {
            noteMove(run: run, settlement.id, to: settlement.state, settlement.reason)
        }
    }

    private mutating func noteMove(run: Int, _ instance: Int, to state: TaskState, _ reason: String?) {
        note(
            Transition(
                run: run,
                instance: instance,
                old: .waiting,
                new: state,
                actor: "scheduler",
                reason: reason
            )
        )
    }
}
