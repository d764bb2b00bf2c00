import Core
import Store

/// What is known around a failed attempt: its like, its runner, what it blocks, and how it was when all was well.
struct FailureSurroundings: Sendable {
    /// Nil where its sort is not known.
    let earlier: EarlierFailures?
    let runner: RunnerRecord?
    let blocked: [BlockedTask]
    let success: ComparedAttempt?
    let difference: LogComparison?
}

/// An attempt with all that it is compared by.
struct ComparedAttempt: Sendable {
    let run: RunRecord
    let task: TaskRecord
    let attempt: AttemptRecord
    /// Nil where this program cannot read its version.
    let definition: DAG?

    /// Its address.
    var path: String { Address.task(run.name, task.id, mapIndex: task.mapIndex, attempt: attempt.number) }

    /// The number of the version by which it ran: its run may have moved on since.
    var version: Int { attempt.version ?? run.version }

    /// What another attempt of the task ran by, where that is the same.
    func definition(for other: AttemptRecord) -> DAG? { other.version == attempt.version ? definition : nil }
}

extension Site {
    /// Reads what is around a failed attempt.
    func surroundings(
        of attempt: AttemptRecord,
        _ found: FoundAttempt,
        definition: DAG?
    ) async throws -> FailureSurroundings {
        var earlier: EarlierFailures?
        if let signature = attempt.signature {
            earlier = try await store.failures(
                ofSignature: signature,
                before: attempt.id,
                in: found.run
            )
        }
        let success = try await lastSuccess(before: attempt, found, definition: definition)
        var difference: LogComparison?
        if let success {
            difference = try await logComparisons.comparison(of: attempt, against: success.attempt)
        }
        return FailureSurroundings(
            earlier: earlier,
            runner: try await store.runners().first { $0.name == attempt.runner },
            blocked: try await blockedTasks(found, definition: definition),
            success: success,
            difference: difference
        )
    }

    /// The attempt that succeeded last before one: in the same run, or in an earlier one.
    func lastSuccess(
        before attempt: AttemptRecord,
        _ found: FoundAttempt,
        definition: DAG?
    ) async throws -> ComparedAttempt? {
        let (run, task) = (found.run, found.task)
        if let own = task.attempts.last(where: { $0.number < attempt.number && $0.state == .success }) {
            return ComparedAttempt(run: run, task: task, attempt: own, definition: definition)
        }
        guard let last = try await store.lastSuccess(ofTask: task, before: run),
            let earlier = try await store.run(last.run),
            let instance = try await store.instance(ofRun: earlier.rowID, task: task.id, mapIndex: task.mapIndex),
            let success = instance.attempts.first(where: { $0.number == last.attempt })
        else { return nil }
        let definition = try await definitions.definition(of: earlier, success)
        return ComparedAttempt(run: earlier, task: instance, attempt: success, definition: definition)
    }

    private func blockedTasks(_ found: FoundAttempt, definition: DAG?) async throws -> [BlockedTask] {
        guard found.task.state == .failed, !found.task.allowsFailure, let definition,
            // A definition that was accepted has no cycle; were there one, the page would do without this.
            let topology = try? Topology(definition.tasks), let place = topology.position(of: found.task.id)
        else { return [] }
        let blocked = try await store.blockedTasks(ofRun: found.run.rowID, among: topology.descendants(of: place))
        let places = Set(blocked.compactMap { topology.position(of: $0.name) })
        // What stands further down may be blocked by another failure: from here, all between must be blocked as well.
        var reached: Set<Int> = []
        var stack = [place]
        while let next = stack.popLast() {
            for below in topology.downstream[next] where places.contains(below) && reached.insert(below).inserted {
                stack.append(below)
            }
        }
        return blocked.filter { task in topology.position(of: task.name).map { reached.contains($0) } ?? false }
    }
}
