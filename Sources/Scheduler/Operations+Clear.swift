package import Core
import Postgres
import Store

/// Which tasks of a run should begin anew.
package struct ClearRequest: Hashable, Sendable {
    package var run: RunName
    /// Names of tasks; empty: all of the run.
    package var tasks: [String]
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
        downstream: Bool = false,
        upstream: Bool = false,
        onlyFailed: Bool = false
    ) {
        self.run = run
        self.tasks = tasks
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

    /// A word for exactly this plan; it differs where anything that the plan shows differs.
    package var hash: String {
        // FNV-1a, 64 bits: it tells honest plans apart and protects nothing.
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for item in items {
            for byte in "\(item.task)\u{0}\(item.state.rawValue)\u{0}".utf8 {
                value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        return String(value, radix: 16)
    }
}

extension Operations {
    /// Lists what clearing would do; changes nothing.
    package func planClear(_ request: ClearRequest) async throws -> ClearPlan {
        let (id, request) = try await resolved(request)
        let versions = engine.versions
        return try await engine.store.transaction { connection in
            guard let run = try connection.lockRuns([id]).first else { throw OperationError.unknownRun(request.run) }
            return try Self.plan(request, run, versions.version(run.versionID, on: connection), on: connection).plan
        }
    }

    /// Lets tasks begin anew; the run starts again when its DAG's limits allow.
    ///
    /// `planHash`: The plan that was agreed to; nil: whatever it is now.
    package func clear(
        _ request: ClearRequest,
        planHash: String?,
        actor: String,
        reason: String?
    ) async throws -> ClearPlan {
        let (id, request) = try await resolved(request)
        let versions = engine.versions
        let (plan, dag) = try await engine.store.transaction { connection in
            var pass = try Pass(locking: [id], versions: versions, on: connection)
            guard let run = pass.runs[id] else { throw OperationError.unknownRun(request.run) }
            try Self.requireNotEnding(run)
            let version = try versions.version(run.versionID, on: connection)
            let (plan, positions, rows) = try Self.plan(request, run, version, on: connection)
            if let planHash, planHash != plan.hash { throw OperationError.planChanged }
            guard !plan.items.isEmpty else {
                throw OperationError.conflict("nothing to clear: none of these tasks of run '\(run.name)' has ended.")
            }
            var reopening = Reopening(
                tasks: version.dag.tasks,
                topology: version.topology,
                states: rows.map(\.state)
            )
            for position in positions { reopening.reset(position) }
            reopening.withdrawQueued { rows[$0].isTaken }
            try Self.write(reopening, rows, run, &pass, actor: actor, reason: reason ?? "cleared", on: connection)
            _ = try pass.finish(on: connection)
            return (plan, run.dagID)
        }
        await engine.follow(Pass.Outcome(dagsWithEndedRuns: [dag]))
        engine.executorWake.set()
        return plan
    }

    /// Gives a task an end by word of a person: success, failed or skipped.
    ///
    /// What it had blocked is judged anew.
    package func mark(
        run name: RunName,
        task: String,
        mapIndex: Int?,
        state: TaskState,
        actor: String,
        reason: String?
    ) async throws {
        guard [.success, .failed, .skipped].contains(state) else {
            throw OperationError.badInput("a task can be marked success, failed or skipped, not '\(state.rawValue)'.")
        }
        guard mapIndex == nil else { throw OperationError.badInput("task '\(task)' is not mapped.") }
        let id = try await requireRun(name)
        let versions = engine.versions
        let dag = try await engine.store.transaction { connection in
            var pass = try Pass(locking: [id], versions: versions, on: connection)
            guard let run = pass.runs[id] else { throw OperationError.unknownRun(name) }
            try Self.requireNotEnding(run)
            let version = try versions.version(run.versionID, on: connection)
            let position = try Self.position(of: task, in: version, run: run.name)
            let rows = try connection.allInstances(run: id)
            let present = rows[position].state
            if rows[position].isTaken {
                // Of what nobody can reach a person may know more than we do.
                guard try connection.giveUp(instance: rows[position].id, reason: "given up by \(actor)") else {
                    throw OperationError.conflict("task '\(task)' of run '\(run.name)' runs now. Cancel it first.")
                }
            }
            guard present != state else {
                throw OperationError.conflict("task '\(task)' of run '\(run.name)' is '\(state.rawValue)' already.")
            }
            var reopening = Reopening(
                tasks: version.dag.tasks,
                topology: version.topology,
                states: rows.map(\.state)
            )
            reopening.mark(position, state)
            reopening.resetBlocked(downstreamOf: position) { rows[$0].reason == "trigger_rule" }
            try Self.write(
                reopening,
                rows,
                run,
                &pass,
                actor: actor,
                reason: reason ?? "marked by \(actor)",
                on: connection
            )
            _ = try pass.finish(on: connection)
            return run.dagID
        }
        await engine.follow(Pass.Outcome(dagsWithEndedRuns: [dag]))
        engine.executorWake.set()
    }

    private static func requireNotEnding(_ run: LockedRun) throws {
        guard run.state.isTerminal || !run.cancelRequested else {
            throw OperationError.conflict("run '\(run.name)' is being cancelled. Wait until it has ended.")
        }
    }

    private typealias Rows = [(id: Int, task: Int, state: TaskState, reason: String?, isTaken: Bool)]

    /// Writes a reopening: states, counts, and the run, which waits for its start anew if anything is left to do.
    private static func write(
        _ reopening: Reopening,
        _ rows: Rows,
        _ run: LockedRun,
        _ pass: inout Pass,
        actor: String,
        reason: String,
        on connection: isolated Connection
    ) throws {
        let changed = reopening.changed.sorted()
        try connection.rewrite(
            changed.map { (id: rows[$0].id, state: reopening.states[$0]) },
            reason: reason
        )
        for position in changed {
            pass.note(
                Transition(
                    run: run.id,
                    instance: rows[position].id,
                    old: rows[position].state,
                    new: reopening.states[position],
                    actor: actor,
                    reason: reason
                )
            )
        }
        let counts = reopening.counts
        try connection.setCounts(rows.indices.map { (id: rows[$0].id, counts: counts[$0]) })
        pass.change(run.id) {
            $0.unfinished = reopening.unfinished
            $0.failures = reopening.failures
        }
        if reopening.unfinished > 0, run.state == .running {
            // A run under way stays so: what may run now is judged at once.
            try pass.judgeAll(run: run.id, on: connection)
        } else if reopening.unfinished > 0 {
            if run.state.isTerminal { try connection.reopen(run: run.id) }
            pass.note(Transition(run: run.id, old: run.state, new: .queued, actor: actor, reason: reason))
            pass.change(run.id) {
                $0.state = .queued
                $0.cancelRequested = false
                $0.reason = nil
            }
        } else {
            pass.change(run.id) { row in
                row.state = row.failures > 0 ? .failed : .success
                row.reason = nil
            }
            pass.note(
                Transition(
                    run: run.id,
                    old: run.state,
                    new: reopening.failures > 0 ? .failed : .success,
                    actor: actor,
                    reason: reason
                )
            )
        }
    }

    private static func plan(
        _ request: ClearRequest,
        _ run: LockedRun,
        _ version: LoadedVersion,
        on connection: isolated Connection
    ) throws -> (plan: ClearPlan, positions: [Int], rows: Rows) {
        let rows = try connection.allInstances(run: run.id)
        var chosen = Set(try request.tasks.map { try position(of: $0, in: version, run: run.name) })
        if request.tasks.isEmpty { chosen = Set(rows.map(\.task)) }
        if request.downstream { chosen.formUnion(chosen.flatMap { version.topology.descendants(of: $0) }) }
        if request.upstream { chosen.formUnion(chosen.flatMap { version.topology.ancestors(of: $0) }) }
        let positions = chosen.sorted().filter { position in
            let state = rows[position].state
            guard request.onlyFailed else { return state.isTerminal }
            return state == .failed || state == .upstreamFailed || state == .cancelled
        }
        let items = positions.map { ClearPlan.Item(task: version.dag.tasks[$0].id, state: rows[$0].state) }
        return (ClearPlan(run: run.name, items: items), positions, rows)
    }

    private func resolved(_ request: ClearRequest) async throws -> (Int, ClearRequest) {
        var request = request
        if let name = try await engine.store.resolve(request.run) { request.run = name }
        return (try await requireRun(request.run), request)
    }
}
