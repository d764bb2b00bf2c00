import Core
import Hummingbird
import Store

/// What an attempt's address leads to.
struct FoundAttempt: Sendable {
    let run: RunRecord
    /// The instance that is shown.
    let task: TaskRecord
    /// How many instances the task has where it is mapped; 0 where it is one.
    let instanceCount: Int
    /// Nil while there is none.
    let attempt: AttemptRecord?
    /// Whether the address names the attempt, rather than the latest.
    let isNumbered: Bool

    /// The address of the latest attempt.
    var path: String { Address.task(run.name, task.id, mapIndex: task.mapIndex) }

    /// The address of this attempt, which never means another.
    var attemptPath: String {
        Address.task(run.name, task.id, mapIndex: task.mapIndex, attempt: attempt?.number)
    }
}

extension Site {
    /// The attempt that an address names, or the nearest thing that exists, as a link.
    func requireAttempt(_ context: WebContext) async throws -> FoundAttempt {
        let run = try await requireRun(context)
        let name = try context.part("task")
        let parts = ["part", "part2"].compactMap { context.parameters.get($0) }
        guard let address = AttemptAddress(parts) else {
            let sentence = "There is no page at \(parts.joined(separator: "/").shortened) of the task '\(name)'."
            throw RequestError.notFound(sentence, nearest: Link(path: Address.task(run.name, name), text: name))
        }
        guard let task = try await store.instance(ofRun: run.rowID, task: name, mapIndex: address.mapIndex) else {
            throw try await unknownTask(name, address.mapIndex, of: run)
        }
        let mapped = task.mapIndex == nil ? nil : try await store.mappedTasks(ofRun: run.rowID, task: name).first
        let attempt = address.attempt.map { number in task.attempts.first { $0.number == number } }
        if case .some(.none) = attempt {
            let sentence = "The task '\(task.displayName)' has no attempt \(address.attempt ?? 0)."
            let path = Address.task(run.name, name, mapIndex: task.mapIndex)
            throw RequestError.notFound(sentence, nearest: Link(path: path, text: task.displayName))
        }
        return FoundAttempt(
            run: run,
            task: task,
            instanceCount: mapped?.instances ?? 0,
            attempt: attempt ?? task.attempts.last,
            isNumbered: address.attempt != nil
        )
    }

    /// That a run has no such task, or the task no such instance, with the nearest thing that there is.
    func unknownTask(_ name: String, _ mapIndex: Int?, of run: RunRecord) async throws -> RequestError {
        let names = try await store.taskNames(ofRun: run.rowID)
        guard names.contains(name) else {
            let hint = Spelling.suggestion(for: name, among: names)
            return RequestError.notFound(
                "This run has no task '\(name.shortened)'\(hint.isEmpty ? "." : hint)",
                nearest: Link(path: Address.run(run.name), text: "the run \(run.name.key)")
            )
        }
        let sentence =
            mapIndex.map { "The task '\(name)' has no instance \($0) in this run." }
            ?? "The task '\(name)' is mapped: choose one of its instances."
        return RequestError.notFound(sentence, nearest: Link(path: Address.task(run.name, name), text: name))
    }
}
