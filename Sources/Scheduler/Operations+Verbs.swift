package import Core
import Postgres
import Store

extension Operations {
    /// Tells what a word would change, found by doing it and taking it back; nothing is left of that.
    package func plan(_ verb: RunVerb, run name: RunName) async throws -> VerbPlan {
        let id = try await requireRun(name)
        let versions = engine.versions
        return try await engine.store.transaction { connection in
            guard let run = try connection.lockRuns([id]).first else { throw OperationError.unknownRun(name) }
            return try Self.rehearse(verb, run, versions, on: connection)
        }
    }

    /// Does what a word says.
    ///
    /// `planHash`: The plan that was agreed to, without which nothing is done; nil: whatever it is now.
    package func perform(
        _ verb: RunVerb,
        run name: RunName,
        planHash: String? = nil,
        actor: String,
        reason: String?
    ) async throws {
        let id = try await requireRun(name)
        let versions = engine.versions
        let outcome = try await transact { connection in
            var pass = try Pass(locking: [id], versions: versions, on: connection)
            guard let run = pass.runs[id] else { throw OperationError.unknownRun(name) }
            if let planHash {
                let plan = try Self.rehearse(verb, run, versions, on: connection)
                guard plan.hash == planHash else { throw OperationError.planChanged }
            }
            let done = try Self.apply(verb, run, &pass, actor: actor, reason: reason, on: connection)
            if done.meant > 0 {
                try connection.record([Deed(verb, run, tasks: done.meant, actor: actor, reason: reason)])
            }
            var outcome = try pass.finish(on: connection)
            outcome.dagsWithEndedRuns.insert(run.dagID)
            return outcome
        }
        await engine.follow(outcome)
        engine.executorWake.set()
    }

    /// Gives a task an end by word of a person: success, failed or skipped.
    ///
    /// What it had blocked is judged anew. Of a mapped task one instance is meant, or without a map index all of them.
    package func mark(
        run: RunName,
        task: String,
        mapIndex: Int?,
        state: TaskState,
        actor: String,
        reason: String?
    ) async throws {
        try await perform(.mark(task, mapIndex: mapIndex, as: state), run: run, actor: actor, reason: reason)
    }

    /// Asks a run to end; it is `cancelled` once nothing of it is left.
    package func cancel(run: RunName, actor: String, reason: String?) async throws {
        try await perform(.cancelRun, run: run, actor: actor, reason: reason)
    }

    /// Asks one task of a run to end, or one instance of a mapped task; without a map index, all of them.
    package func cancel(run: RunName, task: String, mapIndex: Int?, actor: String, reason: String?) async throws {
        try await perform(.cancelTask(task, mapIndex: mapIndex), run: run, actor: actor, reason: reason)
    }

    private static func rehearse(
        _ verb: RunVerb,
        _ run: LockedRun,
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws -> VerbPlan {
        let before = try connection.lockInstances(run: run.id)
        let version = try versions.version(run.versionID, on: connection)
        return try connection.rehearse { connection in
            var pass = try Pass(locking: [run.id], versions: versions, on: connection)
            let done = try apply(verb, run, &pass, actor: "", reason: nil, on: connection)
            // What runs goes on until its runner has ended it; the plan tells what is then.
            for key in done.asked { pass.noteEnd(run: run.id, key, .cancelled) }
            _ = try pass.finish(on: connection)
            var after = pass.runs[run.id] ?? run
            if after.state == .queued, run.state != .queued {
                // What waits is judged when the run starts again, which may leave nothing to be done.
                var start = try Pass(locking: [run.id], versions: versions, on: connection)
                try start.start(runs: [run.id], actor: "", on: connection)
                _ = try start.finish(on: connection)
                if let judged = start.runs[run.id], judged.state.isTerminal { after = judged }
            }
            return VerbPlan(
                verb,
                before: run,
                before,
                after: after,
                try connection.lockInstances(run: run.id),
                asked: done.asked,
                tasks: version.dag.tasks
            )
        }
    }

    /// What a word was about: how many instances, and those that run and are asked to end.
    private struct Applied {
        var meant: Int
        var asked: [InstanceKey] = []
    }

    private static func apply(
        _ verb: RunVerb,
        _ run: LockedRun,
        _ pass: inout Pass,
        actor: String,
        reason: String?,
        on connection: isolated Connection
    ) throws -> Applied {
        switch verb {
        case .cancelRun:
            guard !run.state.isTerminal else {
                throw OperationError.conflict("run '\(run.name)' has ended already.")
            }
            if let reason, RunState.calledReasons.contains(reason) {
                throw OperationError.badInput(
                    "'\(reason)' is what Rota itself gives as a reason. Say it in other words."
                )
            }
            // Asked twice is asked once.
            guard !run.cancelRequested else { return Applied(meant: 0) }
            let open = try connection.lockInstances(run: run.id).filter { !$0.state.isTerminal }
            try pass.cancel([run.id], actor: actor, reason: reason ?? "cancelled by \(actor)", on: connection)
            return Applied(meant: open.count, asked: open.filter(\.isTaken).map(\.key))
        case .cancelTask(let task, let mapIndex):
            return try cancel(task, mapIndex, run, &pass, actor: actor, reason: reason, on: connection)
        case .mark(let task, let mapIndex, let state):
            return try mark(task, mapIndex, state, run, &pass, actor: actor, reason: reason, on: connection)
        }
    }

    private static func cancel(
        _ task: String,
        _ mapIndex: Int?,
        _ run: LockedRun,
        _ pass: inout Pass,
        actor: String,
        reason: String?,
        on connection: isolated Connection
    ) throws -> Applied {
        let version = try pass.versions.version(run.versionID, on: connection)
        let rows = try connection.lockInstances(run: run.id)
        let meant = try instances(of: task, mapIndex: mapIndex, among: rows, version, run.name)
            .filter { !$0.state.isTerminal }
        guard !meant.isEmpty else {
            throw OperationError.conflict("task '\(task)' of run '\(run.name)' has ended already.")
        }
        let asked = try pass.requestCancel(instances: meant.map(\.id), on: connection)
        let idle = meant.filter { !asked.contains($0.id) }
        try connection.rewrite(idle.map { (id: $0.id, state: .cancelled) }, reason: reason)
        for instance in idle {
            pass.note(
                Transition(
                    run: run.id,
                    instance: instance.id,
                    old: instance.state,
                    new: .cancelled,
                    actor: actor,
                    reason: reason
                )
            )
            pass.noteEnd(run: run.id, instance.key, .cancelled)
        }
        return Applied(meant: meant.count, asked: meant.filter { asked.contains($0.id) }.map(\.key))
    }

    private static func mark(
        _ task: String,
        _ mapIndex: Int?,
        _ state: TaskState,
        _ run: LockedRun,
        _ pass: inout Pass,
        actor: String,
        reason: String?,
        on connection: isolated Connection
    ) throws -> Applied {
        guard [.success, .failed, .skipped].contains(state) else {
            throw OperationError.badInput("a task can be marked success, failed or skipped, not '\(state.rawValue)'.")
        }
        let version = try pass.versions.version(run.versionID, on: connection)
        let rows = try connection.lockInstances(run: run.id)
        let meant = try instances(of: task, mapIndex: mapIndex, among: rows, version, run.name)
        // Of a run that is being cancelled only that can be marked which keeps it from ending.
        if !meant.allSatisfy(\.isTaken) { try requireNotEnding(run) }
        for instance in meant where instance.isTaken {
            // Of what nobody can reach a person may know more than we do.
            let sentence = "given up by \(actor)"
            guard let attempt = try connection.giveUp(instance: instance.id, reason: sentence) else {
                throw OperationError.conflict("task '\(task)' of run '\(run.name)' runs now. Cancel it first.")
            }
            pass.note(
                Transition(
                    run: run.id,
                    instance: instance.id,
                    attempt: attempt,
                    old: .unreachable,
                    new: .unknown,
                    actor: actor,
                    reason: sentence
                )
            )
        }
        guard meant.contains(where: { $0.state != state }) else {
            throw OperationError.conflict("task '\(task)' of run '\(run.name)' is '\(state.rawValue)' already.")
        }
        var reopening = Reopening(version, rows)
        for instance in meant { reopening.mark(instance.key, state) }
        if !run.isEnding {
            let byRule = Set(rows.filter { $0.reason == "trigger_rule" }.map(\.key))
            reopening.resetBlocked(downstreamOf: meant.map(\.key)) { byRule.contains($0) }
        }
        try write(
            reopening,
            rows,
            run,
            &pass,
            version.topology,
            actor: actor,
            reason: "marked by \(actor)" + (reason.map { ": \($0)" } ?? ""),
            on: connection
        )
        return Applied(meant: meant.count)
    }
}

extension Deed {
    /// A word about a run as the history has it.
    fileprivate init(_ verb: RunVerb, _ run: LockedRun, tasks: Int, actor: String, reason: String?) {
        switch verb {
        case .cancelRun:
            self.init(.cancel, dag: run.dagID, run: run.id, tasks: tasks, actor: actor, reason: reason)
        case .cancelTask(let task, let mapIndex):
            self.init(
                .cancel,
                dag: run.dagID,
                run: run.id,
                subject: InstanceName.text(task, mapIndex),
                tasks: tasks,
                actor: actor,
                reason: reason
            )
        case .mark(let task, let mapIndex, let state):
            self.init(
                .mark,
                dag: run.dagID,
                run: run.id,
                subject: InstanceName.text(task, mapIndex),
                tasks: tasks,
                detail: ["state": state.rawValue],
                actor: actor,
                reason: reason
            )
        }
    }
}
