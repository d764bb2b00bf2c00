package import Core
import Postgres
import Store

/// By which version of its DAG a run runs again.
package enum RerunMode: String, Hashable, Sendable, CaseIterable {
    /// By the one that it is pinned to.
    case asItWas = "as_it_was"
    /// By the one in force, to which it is pinned from then on.
    case asItIsNow = "as_it_is_now"
}

/// What running a whole run again means.
package struct RerunPlan: Hashable, Sendable {
    /// A task of the run or of the version that it moves to.
    package struct Item: Hashable, Sendable {
        package var task: String
        package var change: DAGDifference.Change
        /// How many instances the run has of it.
        package var instances: Int
        /// The state of all of these; nil: there are none, or they differ.
        package var state: TaskState?
    }

    /// A param that has another value afterwards, appears or goes.
    package struct ParamChange: Hashable, Sendable {
        package var name: String
        package var old: String?
        package var new: String?
    }

    package var run: RunName
    package var mode: RerunMode
    /// Numbers of the version that the run is pinned to, and of the one by which it runs again.
    package var oldVersion: Int
    package var newVersion: Int
    package var tasks: [Item]
    package var params: [ParamChange]

    /// How many tasks run, as far as one can tell before lists are worked out.
    package var starting: Int { tasks.count { $0.change != .removed } }

    /// A word for exactly this plan; it differs where anything that the plan shows differs.
    package var hash: String {
        var hash = PlanHash()
        hash.add(mode.rawValue)
        hash.add(oldVersion)
        hash.add(newVersion)
        for item in tasks {
            hash.add(item.task)
            hash.add(item.change.rawValue)
            hash.add(item.instances)
            hash.add(item.state?.rawValue ?? "")
        }
        for param in params {
            hash.add(param.name)
            hash.add(param.old ?? "")
            hash.add(param.new ?? "")
        }
        return hash.text
    }
}

extension Operations {
    /// Tells what running a run again would mean; changes nothing.
    package func planRerun(run name: RunName, mode: RerunMode) async throws -> RerunPlan {
        let id = try await requireRun(name)
        let versions = engine.versions
        return try await engine.store.transaction { connection in
            guard let run = try connection.lockRuns([id]).first else { throw OperationError.unknownRun(name) }
            guard let dag = try connection.dag(named: run.name.dag) else { throw OperationError.unknownRun(name) }
            return try Rerun(run, mode, dag, versions, on: connection).plan
        }
    }

    /// Lets all of an ended run begin anew.
    ///
    /// `planHash`: The plan that was agreed to; nil: whatever it is now.
    /// `count`: How many tasks are believed to run; where it is demanded, more than `mostWithoutCount` do not run by
    /// any other number.
    package func rerun(
        run name: RunName,
        mode: RerunMode,
        planHash: String?,
        count: Int? = nil,
        demandsCount: Bool = false,
        actor: String,
        reason: String?
    ) async throws -> RerunPlan {
        let id = try await requireRun(name)
        let versions = engine.versions
        let (plan, dag) = try await transact { connection in
            // The DAG's lock holds its version.
            guard let dag = try connection.lockDAG(named: name.dag) else { throw OperationError.unknownRun(name) }
            var pass = try Pass(locking: [id], versions: versions, on: connection)
            guard let run = pass.runs[id] else { throw OperationError.unknownRun(name) }
            let rerun = try Rerun(run, mode, dag, versions, on: connection)
            if let planHash, planHash != rerun.plan.hash { throw OperationError.planChanged }
            let starting = rerun.plan.starting
            if demandsCount, starting > Self.mostWithoutCount, count != starting {
                throw OperationError.countDemanded(starting, given: count)
            }
            let reason = reason ?? "run again"
            try rerun.perform(&pass, actor: actor, reason: reason, on: connection)
            try connection.record([rerun.deed(actor: actor, reason: reason)])
            _ = try pass.finish(on: connection)
            return (rerun.plan, dag.id)
        }
        await engine.follow(Pass.Outcome(dagsWithEndedRuns: [dag]))
        engine.executorWake.set()
        return plan
    }
}

/// A locked run that has ended, about to run again.
private struct Rerun {
    let run: LockedRun
    let plan: RerunPlan
    private let version: LoadedVersion
    private let params: [String: String]

    init(
        _ run: LockedRun,
        _ mode: RerunMode,
        _ dag: DAGRow,
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws {
        guard run.state.isTerminal else {
            throw OperationError.conflict("run '\(run.name)' has not ended. Wait for its end, or cancel it first.")
        }
        guard dag.isActive, let today = dag.versionID else {
            throw OperationError.fileGone(ofDAG: dag.name)
        }
        self.run = run
        let old = try versions.version(run.versionID, on: connection)
        version = mode == .asItWas ? old : try versions.version(today, on: connection)
        params = mode == .asItWas ? run.params : try Self.params(of: run, in: version.dag)
        var instances: [String: [TaskState]] = [:]
        for row in try connection.lockInstances(run: run.id) where row.state != .removed {
            instances[old.dag.tasks[row.key.task].id, default: []].append(row.state)
        }
        // The dry run refuses what the act would.
        if mode == .asItIsNow {
            _ = try Self.repinning(try connection.instancesOfAnyVersion(run: run.id).map(\.row), to: version)
        }
        let names = Set(params.keys).union(run.params.keys).sorted()
        plan = RerunPlan(
            run: run.name,
            mode: mode,
            oldVersion: try connection.versionNumber(old.id) ?? 0,
            newVersion: try connection.versionNumber(version.id) ?? 0,
            tasks: DAGDifference(from: old.dag.tasks, to: version.dag.tasks).items.map { item in
                let states = instances[item.task] ?? []
                return RerunPlan.Item(
                    task: item.task,
                    change: item.change,
                    instances: states.count,
                    state: Set(states).count == 1 ? states.first : nil
                )
            },
            params: names.compactMap { [params] name in
                guard params[name] != run.params[name] else { return nil }
                return RerunPlan.ParamChange(name: name, old: run.params[name], new: params[name])
            }
        )
    }

    /// The run's own values where today's version still has the params, and defaults for new ones.
    private static func params(of run: LockedRun, in dag: DAG) throws -> [String: String] {
        let known = Set(dag.params.map(\.name))
        switch dag.resolveParams(run.params.filter { known.contains($0.key) }) {
        case .success(let values): return values
        case .failure(let problems):
            throw OperationError.conflict(
                "the params of run '\(run.name)' do not fit its DAG as it is now: "
                    + problems.errors.map(\.description).joined(separator: "; ") + ". Trigger a new run instead."
            )
        }
    }

    func perform(_ pass: inout Pass, actor: String, reason: String, on connection: isolated Connection) throws {
        switch plan.mode {
        case .asItWas:
            let planned = try Operations.plan(ClearRequest(run: run.name), run, version, on: connection)
            try Operations.clear(planned, run, &pass, actor: actor, reason: reason, on: connection)
        case .asItIsNow:
            try move(&pass, actor: actor, reason: reason, on: connection)
        }
    }

    private static func repinning(_ rows: [Repinning.Row], to version: LoadedVersion) throws -> Repinning {
        do {
            return try Repinning(rows, to: version.dag.tasks)
        } catch {
            throw OperationError.refused("\(error)")
        }
    }

    private func move(
        _ pass: inout Pass,
        actor: String,
        reason: String,
        on connection: isolated Connection
    ) throws {
        let rows = try connection.instancesOfAnyVersion(run: run.id)
        let repinning = try Self.repinning(rows.map(\.row), to: version)
        try connection.setVersion(run: run.id, from: run.versionID, to: version.id, params: params)
        try connection.replace(run: run.id, zip(rows, repinning.placements).map { (id: $0.id, placement: $1) })
        try connection.describe(run: run.id, dag: run.dagID, version.dag.tasks, adding: repinning.added)
        for (row, placement) in zip(rows, repinning.placements) where row.state != placement.state {
            pass.note(
                Transition(
                    run: run.id,
                    instance: row.id,
                    old: row.state,
                    new: placement.state,
                    actor: actor,
                    reason: reason
                )
            )
        }
        let present = try connection.lockInstances(run: run.id)
        let reopening = Reopening(version, present)
        let counts = reopening.counts
        try connection.setCounts(
            present.compactMap { row in counts[row.key].flatMap { $0 == row.counts ? nil : (id: row.id, counts: $0) } }
        )
        try connection.reopen(run: run.id)
        pass.note(Transition(run: run.id, old: run.state, new: .queued, actor: actor, reason: reason))
        pass.change(run.id) {
            $0.versionID = version.id
            $0.tasks = reopening.total
            $0.unfinished = reopening.unfinished
            $0.failures = reopening.failures
            $0.state = .queued
            $0.cancelRequested = false
            $0.reason = nil
        }
    }

    /// What the history keeps; values that params had before are nowhere else.
    func deed(actor: String, reason: String) -> Deed {
        var detail = ["mode": plan.mode.rawValue]
        if plan.oldVersion != plan.newVersion {
            detail["from_version"] = "\(plan.oldVersion)"
            detail["to_version"] = "\(plan.newVersion)"
        }
        for param in plan.params { detail["param_before.\(param.name)"] = param.old ?? "" }
        return Deed(
            .rerun,
            dag: run.dagID,
            run: run.id,
            tasks: plan.tasks.reduce(0) { $0 + $1.instances },
            detail: detail,
            actor: actor,
            reason: reason
        )
    }
}
