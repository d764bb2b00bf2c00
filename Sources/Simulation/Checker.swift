import Core

/// Looks at every step's changes; knows more than anybody in the world does.
struct Checker {
    /// The last tick in each DAG's ledger.
    private var lastTicks: [Timestamp]
    private var dirty: Set<Int> = []

    init(_ store: MemoryStore) {
        lastTicks = store.dags.map(\.cursor)
    }

    /// Checks what has changed since the last look.
    mutating func check(_ world: World) {
        let store = world.store
        var isWord = false
        for change in store.changes {
            guard world.violation == nil else { return }
            world.tell("  \(Self.words(change, store))")
            switch change {
            case .word(let run):
                isWord = true
                dirty.insert(run)
            case .counts(let run): dirty.insert(run)
            case .attempt(let id, let old, let new):
                world.mix(UInt64(id) << 8 | UInt64(Self.number(new)))
                check(attempt: id, old, new, world)
            case .instance(let id, let old, let new):
                world.mix(UInt64(id) << 8 | 64 | UInt64(Self.number(new)))
                dirty.insert(store.instances[id].run)
                check(instance: id, old, new, isWord, world)
            case .run(let id, let old, let new):
                world.mix(UInt64(id) << 8 | 128 | UInt64(new.hashed))
                dirty.insert(id)
                check(run: id, old, new, isWord, world)
            case .tick(let dag, let first, let count, let last, let run):
                world.mix(UInt64(bitPattern: first.microseconds))
                check(tickOf: dag, first, count, last, run, world)
            case .lease(let runner, let before, let server): check(lease: runner, before, server, world)
            }
        }
        for run in dirty { Recount.check(run, world) }
        dirty.removeAll(keepingCapacity: true)
    }

    private static func number(_ state: AttemptState) -> Int { AttemptState.allCases.firstIndex(of: state) ?? 0 }
    private static func number(_ state: TaskState) -> Int { TaskState.allCases.firstIndex(of: state) ?? 0 }

    // MARK: - Ledger and leases

    private mutating func check(
        tickOf dag: Int,
        _ first: Timestamp,
        _ count: Int,
        _ last: Timestamp,
        _ run: Int?,
        _ world: World
    ) {
        let store = world.store
        guard let schedule = store.dags[dag].dag.schedule, let every = schedule.timetable.every else { return }
        let due = Self.tick(after: lastTicks[dag], every)
        if first != due || last != first + every * (count - 1) || last > store.clock {
            world.fail(.ledger, "DAG \(dag): \(first) to \(last) (\(count)) was noted where \(due) was due")
        }
        lastTicks[dag] = last
        if let run {
            let line = store.runs[run]
            if line.logicalDate != first || line.type != .scheduled || line.dag != dag {
                world.fail(.ledger, "DAG \(dag): the tick \(first) has run \(run) of \(line.logicalDate)")
            }
            let others = store.dags[dag].ledger.count { $0.run == run }
            if others != 1 { world.fail(.ledger, "DAG \(dag): run \(run) stands for \(others) ticks") }
        }
        note(store.dags[dag].ledger.last?.decision, count, world)
    }

    private func note(_ decision: String?, _ count: Int, _ world: World) {
        if count > 1 { world.rare.note(.rangeSkipped) }
        switch decision {
        case "overlap": world.rare.note(.overlapSkipped)
        case "catchup": world.rare.note(.catchupSkipped)
        case "paused": world.rare.note(.pauseSkipped)
        case "shadow": world.rare.note(.shadowed)
        default: break
        }
    }

    /// Counted from 1970 by hand, not by the timetable.
    private static func tick(after instant: Timestamp, _ every: Duration) -> Timestamp {
        let step = every.clampedMicroseconds
        return Timestamp(microseconds: (instant.microseconds / step + 1) * step)
    }

    private func check(lease runner: Int, _ before: MemoryStore.LeaseLine?, _ server: Int, _ world: World) {
        guard let before, let now = world.store.leases[runner] else { return }
        let isSame = now.server == before.server && now.incarnation == before.incarnation
        if now.fence != before.fence + (isSame ? 0 : 1) {
            world.fail(.fence, "runner \(runner): fence \(before.fence) became \(now.fence)")
        }
        if server != before.server {
            if isSame {
                world.fail(.staleWriter, "server \(server) changed the lease of server \(before.server)")
            } else if before.expiresAt > world.store.clock {
                world.fail(.fence, "server \(server) took a lease of server \(before.server) that held")
            } else {
                world.rare.note(.leaseTakenOver)
            }
        }
    }

    private static func words(_ change: MemoryStore.Change, _ store: MemoryStore) -> String {
        switch change {
        case .run(let id, _, let new): "run \(id) of d\(store.runs[id].dag): \(new.rawValue)"
        case .instance(let id, _, let new):
            "t\(store.instances[id].key.task)[\(store.instances[id].key.mapIndex)] of run \(store.instances[id].run): "
                + new.rawValue
        case .attempt(let id, _, let new):
            "attempt \(store.attempts[id].id) of instance \(store.attempts[id].instance): \(new.rawValue)"
        case .tick(let dag, let first, let count, _, _): "d\(dag): \(count) ticks from \(first)"
        case .lease(let runner, _, _): "lease of r\(runner): \(store.leases[runner].map { "\($0)" } ?? "")"
        case .counts(let run): "counts of run \(run)"
        case .word(let run): "by word of a person, run \(run)"
        }
    }

    /// What has not ended, in a sentence.
    func unfinished(_ world: World) -> String {
        let store = world.store
        let runs = store.runs.filter { !$0.state.isTerminal }.map { run in
            let rows = store.rows(ofRun: run.id).filter { !$0.state.isTerminal }
            let words = rows.prefix(6).map { row in
                let attempt = row.attempt.map { " (attempt \(store.attempts[$0].state.rawValue))" } ?? ""
                return "t\(row.key.task)[\(row.key.mapIndex)] \(row.state.rawValue)\(attempt)"
            }
            return "run \(run.id) of d\(run.dag) \(run.state.rawValue): \(words.joined(separator: ", "))"
        }
        let live = store.live.map { id in
            let line = store.attempts[id]
            let host = world.hosts[line.runner]
            let disk = line.disk == host.disk.number ? "" : ", whose disk was wiped"
            return "attempt \(line.id) \(line.state.rawValue) on \(host.name)\(disk)"
        }
        let ticks = store.dags.filter { $0.nextTick != nil }.map {
            "\($0.dag.id) has a tick at \($0.nextTick ?? .epoch)"
        }
        return (runs + live + ticks).joined(separator: "; ")
    }
}

extension RunState {
    fileprivate var hashed: Int { RunState.allCases.firstIndex(of: self) ?? 0 }
}
