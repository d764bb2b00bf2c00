import Core
import Postgres
import Store

/// Which tasks of a DAG's runs should begin anew.
package struct ClearRunsRequest: Hashable, Sendable {
    /// Which runs are meant.
    package enum Runs: Hashable, Sendable {
        /// The first date or instant that is meant, and the first that is not, on the DAG's clock.
        case dated(from: String, to: String)
        case keyed([String])
    }

    package var dag: String
    package var runs: Runs
    /// Names of tasks; empty: all of each run.
    package var tasks: [String]
    /// Whether everything downstream of them is meant as well.
    package var downstream: Bool
    /// Whether everything upstream of them is meant as well.
    package var upstream: Bool
    /// Whether of all these only those are meant that failed or that a failure blocked.
    package var onlyFailed: Bool

    /// Joins the choices.
    package init(
        dag: String,
        runs: Runs,
        tasks: [String] = [],
        downstream: Bool = false,
        upstream: Bool = false,
        onlyFailed: Bool = false
    ) {
        self.dag = dag
        self.runs = runs
        self.tasks = tasks
        self.downstream = downstream
        self.upstream = upstream
        self.onlyFailed = onlyFailed
    }
}

/// What clearing a DAG's runs does.
package struct ClearRunsPlan: Hashable, Sendable {
    package var dag: String
    /// The runs in which something begins anew, by logical date; a run that is being cancelled is left alone.
    package var runs: [ClearPlan]

    /// How many tasks begin anew.
    package var count: Int { runs.reduce(0) { $0 + $1.items.count } }

    /// A word for exactly this plan; it differs where anything that the plan shows differs.
    package var hash: String {
        var hash = PlanHash()
        for run in runs {
            hash.add(run.run.key)
            run.add(to: &hash)
        }
        return hash.text
    }
}

extension Operations {
    /// More tasks than this, of several runs, are cleared only by who gives their number.
    package static let mostWithoutCount = 50
    /// The most runs, and the most task instances of these, that one word clears: it is one transaction.
    package static let mostClearedRuns = 1_000
    package static let mostClearedInstances = 50_000

    /// Lists what clearing runs would do; changes nothing.
    package func planClear(_ request: ClearRunsRequest) async throws -> ClearRunsPlan {
        try await requireDAG(request.dag)
        let versions = engine.versions
        return try await engine.store.transaction { connection in
            let (_, ids) = try Self.runs(of: request, versions, on: connection)
            let runs = try connection.lockRuns(ids)
            return try Self.plan(request, runs, versions, on: connection).plan
        }
    }

    /// Lets tasks of many runs begin anew, all of them or none.
    ///
    /// `planHash`: The plan that was agreed to; nil: whatever it is now.
    /// `count`: How many tasks are believed to be meant; demanded where they are more than `mostWithoutCount`.
    package func clear(
        _ request: ClearRunsRequest,
        planHash: String?,
        count: Int?,
        actor: String,
        reason: String?
    ) async throws -> ClearRunsPlan {
        try await requireDAG(request.dag)
        let versions = engine.versions
        let (plan, dag) = try await transact { connection in
            let (dag, ids) = try Self.runs(of: request, versions, on: connection)
            var pass = try Pass(locking: ids, versions: versions, on: connection)
            let locked = ids.sorted().compactMap { pass.runs[$0] }
            let (plan, planned) = try Self.plan(request, locked, versions, on: connection)
            if let planHash, planHash != plan.hash { throw OperationError.planChanged }
            guard plan.count > 0 else {
                let which =
                    switch request.runs {
                    case .dated(let from, let to): "the runs from \(from) to \(to)"
                    case .keyed: "these runs"
                    }
                throw OperationError.conflict("nothing to clear: none of these tasks has ended in \(which).")
            }
            guard plan.count <= Self.mostWithoutCount && count == nil || count == plan.count else {
                throw OperationError.countDemanded(plan.count, given: count)
            }
            var deeds: [Deed] = []
            for (run, own, planned) in planned {
                try Self.clear(planned, run, &pass, actor: actor, reason: reason, on: connection)
                deeds.append(Deed(planned.plan, own, run, actor: actor, reason: reason))
            }
            try connection.record(deeds)
            _ = try pass.finish(on: connection)
            return (plan, dag)
        }
        await engine.follow(Pass.Outcome(dagsWithEndedRuns: [dag]))
        engine.executorWake.set()
        return plan
    }

    private static func runs(
        of request: ClearRunsRequest,
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws -> (dag: Int, ids: [Int]) {
        guard let row = try connection.dag(named: request.dag), let versionID = row.versionID else {
            throw OperationError.unknownDAG(request.dag, suggestion: nil)
        }
        let found: [(id: Int, tasks: Int)]
        switch request.runs {
        case .dated(let first, let last):
            let zone = try versions.version(versionID, on: connection).zone
            let (from, to) = (try instant(first, zone), try instant(last, zone))
            guard from < to else {
                throw OperationError.badInput("the range is empty: '\(first)' is not before '\(last)'.")
            }
            found = try connection.runs(dag: row.id, dated: from, to, limit: mostClearedRuns + 1)
        case .keyed(let keys):
            found = try connection.runs(dag: row.id, keys: keys)
            guard found.count == Set(keys).count else {
                throw OperationError.badInput(
                    "DAG '\(request.dag)' has \(found.count) of these \(Set(keys).count) runs. Were others removed?"
                )
            }
        }
        let instances = found.reduce(0) { $0 + $1.tasks }
        guard found.count <= mostClearedRuns, instances <= mostClearedInstances else {
            let what = found.count > mostClearedRuns ? "\(mostClearedRuns) runs" : "\(mostClearedInstances) tasks"
            throw OperationError.refused(
                "these are more than \(what), which is the most that is cleared at once. Split them."
            )
        }
        return (row.id, found.map(\.id))
    }

    private typealias PlannedRun = (run: LockedRun, request: ClearRequest, planned: PlannedClear)

    private static func plan(
        _ request: ClearRunsRequest,
        _ runs: [LockedRun],
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws -> (plan: ClearRunsPlan, planned: [PlannedRun]) {
        var planned: [PlannedRun] = []
        var known: Set<String> = []
        for run in runs.sorted(by: { ($0.logicalDate, $0.id) < ($1.logicalDate, $1.id) }) {
            let version = try versions.version(run.versionID, on: connection)
            let tasks = request.tasks.filter { version.topology.position(of: $0) != nil }
            known.formUnion(tasks)
            guard request.tasks.isEmpty || !tasks.isEmpty else { continue }
            // It ends by another word, which comes first.
            guard run.state.isTerminal || !run.cancelRequested else { continue }
            let own = ClearRequest(
                run: run.name,
                tasks: tasks,
                downstream: request.downstream,
                upstream: request.upstream,
                onlyFailed: request.onlyFailed
            )
            let found = try plan(own, run, version, on: connection)
            if !found.plan.items.isEmpty { planned.append((run, own, found)) }
        }
        if !runs.isEmpty, let unknown = request.tasks.first(where: { !known.contains($0) }) {
            let names = try runs.last.map { try versions.version($0.versionID, on: connection).dag.tasks.map(\.id) }
            let hint = Spelling.suggestion(for: unknown, among: names ?? [])
            throw OperationError.badInput(
                "no run of DAG '\(request.dag)' in this range has a task '\(unknown)'" + (hint.isEmpty ? "." : hint)
            )
        }
        return (ClearRunsPlan(dag: request.dag, runs: planned.map(\.planned.plan)), planned)
    }
}
