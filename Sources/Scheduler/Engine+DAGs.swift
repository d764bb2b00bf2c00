import Core
import Logging
import Postgres
import Store

extension Engine {
    /// Starts the runs of DAGs that may start now.
    ///
    /// Where runs end as they start, the next ones are left to the scheduler's next look: thousands of them must not
    /// keep it from the ticks of others.
    ///
    /// - Returns: Whether some run moved.
    @discardableResult
    package func startRuns(ofDAGs ids: [Int]) async throws -> Bool {
        let versions = versions
        var hasMoved = false
        try await inBatches(ids, to: "start the runs") { batch, waits in
            let started = try await store.transaction { connection in
                let rows = try connection.lockDAGs(batch, waits: waits)
                let (dags, left) = try Self.load(rows, versions, on: connection)
                var outcome = try Self.startRuns(of: dags, versions, on: connection)
                outcome.dagsWithEndedRuns.formUnion(left)
                return (outcome: outcome, dags: rows.map(\.id))
            }
            tell(started.outcome)
            hasMoved = hasMoved || started.outcome.moved > 0
            return started.dags
        }
        return hasMoved
    }

    /// Whether an error says that the database is away, rather than that one DAG cannot be decided.
    static func isAboutTheDatabase(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return error is CancellationError }
        if case .server = error { return false }
        return true
    }

    /// Starts runs of locked DAGs, as many as their limits allow, and cancels those that missed their deadline.
    static func startRuns(
        of dags: [LockedDAG],
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws -> Pass.Outcome {
        // What was queued when its file went is cancelled, not started.
        let dags = dags.filter(\.row.isActive)
        let found = try connection.runStarts(
            ofDAGs: dags.map { ($0.row.id, $0.version.dag.maximumActiveRuns) },
            limit: candidateLimit
        )
        var starting: [Int] = []
        var missed: [Int] = []
        var holds: [(run: Int, hold: RunStarts.Hold)] = []
        var room = mostInstances
        // DAGs that have to be looked at again, and those that need not be although a run of theirs may end here.
        var unfinished: Set<Int> = []
        var exhausted: Set<Int> = []
        for dag in dags {
            guard let starts = found[dag.row.id], !starts.candidates.isEmpty else { continue }
            var ready: [Int] = []
            var isHeldByLimit = false
            for decision in decide(starts) {
                switch decision {
                case .start(let run): ready.append(run)
                case .missDeadline(let run): missed.append(run)
                case .hold(let run, let hold):
                    holds.append((run, hold))
                    if case .activeRuns = hold { isHeldByLimit = true }
                }
            }
            let tasks = max(1, dag.version.dag.tasks.count)
            let taken = ready.prefix(max(starting.isEmpty ? 1 : 0, room / tasks))
            room -= taken.count * tasks
            starting += taken
            // What ended as it started makes room for what its limit held back, in the next pass.
            if taken.count < ready.count {
                unfinished.insert(dag.row.id)
            } else if starts.candidates.count < candidateLimit, !isHeldByLimit {
                exhausted.insert(dag.row.id)
            }
        }
        try connection.setRunHolds(holds)
        guard !starting.isEmpty || !missed.isEmpty else { return Pass.Outcome() }
        var pass = try Pass(locking: starting + missed, versions: versions, on: connection)
        try pass.cancel(missed, actor: "scheduler", reason: RunState.missedDeadline, on: connection)
        try pass.start(runs: starting, actor: "scheduler", on: connection)
        var outcome = try pass.finish(on: connection)
        outcome.dagsWithEndedRuns.formUnion(unfinished)
        outcome.dagsWithEndedRuns.subtract(exhausted)
        outcome.moved = starting.count + missed.count
        return outcome
    }

    /// The most queued runs of one DAG that one pass looks at.
    private static let candidateLimit = 200
}
