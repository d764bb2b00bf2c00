package import Core
import Postgres
import Store

/// Which tasks of a run should begin anew.
package struct ClearRequest: Hashable, Sendable {
    package var run: RunName
    /// Names of tasks; empty: all of the run.
    package var tasks: [String]
    /// The instance that is meant where the one task is mapped; nil: all of them.
    package var mapIndex: Int?
    /// Whether everything downstream of them is meant as well.
    package var downstream: Bool
    /// Whether everything upstream of them is meant as well.
    package var upstream: Bool
    /// Whether of all these only those are meant that failed or that a failure blocked.
    package var onlyFailed: Bool

    /// Joins the choices.
    package init(
        run: RunName,
        tasks: [String] = [],
        mapIndex: Int? = nil,
        downstream: Bool = false,
        upstream: Bool = false,
        onlyFailed: Bool = false
    ) {
        self.run = run
        self.tasks = tasks
        self.mapIndex = mapIndex
        self.downstream = downstream
        self.upstream = upstream
        self.onlyFailed = onlyFailed
    }
}

/// What clearing does.
package struct ClearPlan: Hashable, Sendable {
    /// A task instance that begins anew, and the state that it loses.
    package struct Item: Hashable, Sendable {
        package var task: String
        /// Nil where the task is not mapped.
        package var mapIndex: Int?
        package var state: TaskState
    }

    package var run: RunName
    package var items: [Item]
    /// What changes besides: tasks that nobody has taken and that wait again, since what they need begins anew; and
    /// mapped tasks that are one again until their lists have been worked out anew.
    package var also: [VerbPlan.Change]
    /// What comes after, runs, and is left alone: it goes on with what was there before.
    package var running: [Item] = []
    /// What comes after, has ended, and is left alone: it does not run again.
    package var leftOut: [Item] = []

    /// A word for exactly this plan; it differs where anything that the plan shows differs.
    package var hash: String {
        var hash = PlanHash()
        add(to: &hash)
        return hash.text
    }

    func add(to hash: inout PlanHash) {
        for item in items {
            hash.add(item.task)
            hash.add(item.mapIndex ?? -1)
            hash.add(item.state.rawValue)
        }
        for change in also { change.add(to: &hash) }
        for item in running {
            hash.add(item.task)
            hash.add(item.mapIndex ?? -1)
        }
    }
}

extension Operations {
    /// Lists what clearing would do; changes nothing.
    package func planClear(_ request: ClearRequest) async throws -> ClearPlan {
        let (id, request) = try await resolved(request)
        let versions = engine.versions
        return try await engine.store.transaction { connection in
            guard let run = try connection.lockRuns([id]).first else { throw OperationError.unknownRun(request.run) }
            try Self.requireNotEnding(run)
            return try Self.plan(request, run, versions.version(run.versionID, on: connection), on: connection).plan
        }
    }

    /// Lets tasks begin anew; the run starts again when its DAG's limits allow.
    ///
    /// `planHash`: The plan that was agreed to; nil: whatever it is now.
    /// `count`: How many tasks are believed to be meant; nil: any number.
    package func clear(
        _ request: ClearRequest,
        planHash: String?,
        count: Int? = nil,
        actor: String,
        reason: String?
    ) async throws -> ClearPlan {
        let (id, request) = try await resolved(request)
        let versions = engine.versions
        let (plan, dag) = try await transact { connection in
            var pass = try Pass(locking: [id], versions: versions, on: connection)
            guard let run = pass.runs[id] else { throw OperationError.unknownRun(request.run) }
            try Self.requireNotEnding(run)
            let planned = try Self.plan(request, run, versions.version(run.versionID, on: connection), on: connection)
            if let planHash, planHash != planned.plan.hash { throw OperationError.planChanged }
            guard !planned.plan.items.isEmpty else {
                throw OperationError.conflict("nothing to clear: none of these tasks of run '\(run.name)' has ended.")
            }
            if let count, count != planned.plan.items.count {
                throw OperationError.countDemanded(planned.plan.items.count, given: count)
            }
            try Self.clear(planned, run, &pass, actor: actor, reason: reason, on: connection)
            try connection.record([Deed(planned.plan, request, run, actor: actor, reason: reason)])
            _ = try pass.finish(on: connection)
            return (planned.plan, run.dagID)
        }
        await engine.follow(Pass.Outcome(dagsWithEndedRuns: [dag]))
        engine.executorWake.set()
        return plan
    }

    /// Does what is planned for a locked run.
    static func clear(
        _ planned: PlannedClear,
        _ run: LockedRun,
        _ pass: inout Pass,
        actor: String,
        reason: String?,
        on connection: isolated Connection
    ) throws {
        let version = try pass.versions.version(run.versionID, on: connection)
        try write(
            planned.reopening,
            planned.rows,
            run,
            &pass,
            version.topology,
            actor: actor,
            reason: reason ?? "cleared",
            on: connection
        )
    }

    static func requireNotEnding(_ run: LockedRun) throws {
        guard !run.isEnding else {
            throw OperationError.conflict("run '\(run.name)' is being cancelled. Wait until it has ended.")
        }
    }

    /// Refuses what lets a run begin anew that nothing would ever start.
    private static func requireStartable(_ run: LockedRun, on connection: isolated Connection) throws {
        guard try connection.dag(named: run.name.dag)?.isActive == true else {
            throw OperationError.fileGone(ofDAG: run.name.dag)
        }
    }

    /// Writes a reopening: states, counts, and the run, which waits for its start anew if anything is left to do.
    static func write(
        _ reopening: Reopening,
        _ rows: [StoredInstance],
        _ run: LockedRun,
        _ pass: inout Pass,
        _ topology: Topology,
        actor: String,
        reason: String,
        on connection: isolated Connection
    ) throws {
        let changed = rows.filter { reopening.changed.contains($0.key) }
        try connection.rewrite(
            changed.compactMap { row in reopening.states[row.key].map { (id: row.id, state: $0) } },
            reason: reason
        )
        for row in changed {
            guard let state = reopening.states[row.key], state != row.state else { continue }
            pass.note(
                Transition(run: run.id, instance: row.id, old: row.state, new: state, actor: actor, reason: reason)
            )
        }
        for task in reopening.collapsed.sorted() { try connection.insertWhole(run: run.id, task: task) }
        for task in reopening.following.sorted() {
            guard let other = topology.counterpart[task] else { continue }
            try connection.follow(run: run.id, task: task, other)
        }
        let isSame = reopening.collapsed.isEmpty && reopening.following.isEmpty
        let present = isSame ? rows : try connection.lockInstances(run: run.id)
        let counts = reopening.counts
        try connection.setCounts(
            present.compactMap { row in
                counts[row.key].flatMap { $0 == row.counts ? nil : (id: row.id, counts: $0) }
            }
        )
        pass.change(run.id) {
            $0.tasks = reopening.total
            $0.unfinished = reopening.unfinished
            $0.failures = reopening.failures
        }
        if reopening.unfinished > 0, run.state == .running {
            // A run under way stays so: what may run now is judged at once.
            try pass.judgeAll(runs: [run.id], on: connection)
        } else if reopening.unfinished > 0 {
            if run.state.isTerminal {
                try requireStartable(run, on: connection)
                try connection.reopen(run: run.id)
            }
            if run.state != .queued {
                pass.note(Transition(run: run.id, old: run.state, new: .queued, actor: actor, reason: reason))
            }
            pass.change(run.id) {
                $0.state = .queued
                $0.cancelRequested = false
                $0.reason = nil
            }
        } else if !run.isEnding {
            let state = RunState(marked: run.state, failures: reopening.failures)
            let isEndedByWord = run.cancelRequested && run.state.isTerminal && state != .success
            let failure = state == .failed ? try connection.failureReason(ofRun: run.id) : nil
            pass.change(run.id) { row in
                row.state = state
                if !isEndedByWord {
                    row.reason = failure
                    row.cancelRequested = false
                }
            }
            if state != run.state {
                pass.note(Transition(run: run.id, old: run.state, new: state, actor: actor, reason: reason))
            }
        }
    }

    /// A plan with what it was made from, and what is to be written.
    typealias PlannedClear = (plan: ClearPlan, reopening: Reopening, rows: [StoredInstance])

    static func plan(
        _ request: ClearRequest,
        _ run: LockedRun,
        _ version: LoadedVersion,
        on connection: isolated Connection
    ) throws -> PlannedClear {
        let rows = try connection.lockInstances(run: run.id)
        if let mapIndex = request.mapIndex {
            guard let task = request.tasks.first, request.tasks.count == 1 else {
                throw OperationError.badInput("a map index means an instance of one task: name that task alone.")
            }
            // For its sentences where there is no such instance.
            _ = try instances(of: task, mapIndex: mapIndex, among: rows, version, run.name)
        }
        let positions = try request.tasks.map { try position(of: $0, in: version, run: run.name) }
        let choice = ClearChoice(request, positions: positions, version, rows)
        let states = Dictionary(rows.map { ($0.key, $0.state) }) { first, _ in first }
        func item(_ key: InstanceKey) -> ClearPlan.Item? {
            states[key].map { state in
                ClearPlan.Item(
                    task: version.dag.tasks[key.task].id,
                    mapIndex: key.isWhole ? nil : key.mapIndex,
                    state: state
                )
            }
        }
        let items = choice.keys.compactMap(item)
        if !items.isEmpty, run.state.isTerminal { try requireStartable(run, on: connection) }
        var reopening = Reopening(version, rows)
        for task in choice.collapsed { reopening.collapse(task) }
        for key in choice.keys where !choice.collapsed.contains(key.task) { reopening.reset(key) }
        let taken = Set(rows.filter(\.isTaken).map(\.key))
        reopening.withdrawQueued { taken.contains($0) }
        let meant = Set(choice.keys)
        let also = VerbPlan.changes(
            from: states.filter { !meant.contains($0.key) },
            to: reopening.states.filter { !meant.contains($0.key) },
            tasks: version.dag.tasks
        )
        // Where nothing begins anew, nothing is done.
        var plan = ClearPlan(run: run.name, items: items, also: items.isEmpty ? [] : also)
        let after = Set(version.topology.descendants(of: choice.keys.map(\.task)))
        let others = rows.map(\.key).filter { after.contains($0.task) && !meant.contains($0) }
        plan.running = others.filter(taken.contains).compactMap(item)
        let changed = Set(plan.also.map(\.task))
        plan.leftOut = others.compactMap(item).filter { left in
            left.state.isTerminal && left.state != .removed && !changed.contains(left.task)
        }
        return (plan, reopening, rows)
    }

    private func resolved(_ request: ClearRequest) async throws -> (Int, ClearRequest) {
        var request = request
        if let name = try await engine.store.resolve(request.run) { request.run = name }
        return (try await requireRun(request.run), request)
    }
}

extension Deed {
    /// A clear as the history of one run has it.
    init(_ plan: ClearPlan, _ request: ClearRequest, _ run: LockedRun, actor: String, reason: String?) {
        var detail: [String: String] = [:]
        if request.downstream { detail["downstream"] = "true" }
        if request.upstream { detail["upstream"] = "true" }
        if request.onlyFailed { detail["only_failed"] = "true" }
        let named = request.tasks.prefix(5).joined(separator: ", ")
        let rest = request.tasks.count - 5
        self.init(
            .clear,
            dag: run.dagID,
            run: run.id,
            subject: request.tasks.isEmpty
                ? nil : named + (request.mapIndex.map { " [\($0)]" } ?? "") + (rest > 0 ? " and \(rest) more" : ""),
            tasks: plan.items.count,
            detail: detail,
            actor: actor,
            reason: reason
        )
    }
}

extension LockedRun {
    /// Whether it is being cancelled and has not ended.
    var isEnding: Bool { !state.isTerminal && cancelRequested }
}
