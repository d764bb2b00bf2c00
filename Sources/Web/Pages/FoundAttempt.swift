import Core
import Hummingbird
import Store

/// What an attempt's address leads to.
struct FoundAttempt: Sendable {
    let run: RunRecord
    /// The instance that is shown.
    let task: TaskRecord
    /// All instances of the task.
    let instances: [TaskRecord]
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
        let name = try context.parameters.require("task")
        let instances = try await store.instances(ofRun: run.rowID, task: name)
        let runLink = Link(path: Address.run(run.name), text: "the run \(run.name.key)")
        guard let first = instances.first else {
            let hint = Spelling.suggestion(for: name, among: try await store.taskNames(ofRun: run.rowID))
            let sentence = "This run has no task '\(name.shortened)'\(hint.isEmpty ? "." : hint)"
            throw RequestError.notFound(sentence, nearest: runLink)
        }
        let parts = ["part", "part2"].compactMap { context.parameters.get($0) }
        guard let address = AttemptAddress(parts) else {
            let sentence = "There is no page at \(parts.joined(separator: "/").shortened) of the task '\(name)'."
            throw RequestError.notFound(sentence, nearest: Link(path: Address.task(run.name, name), text: name))
        }
        // Of a mapped task, one that failed is what people come for.
        let shown = instances.first { $0.state == .failed } ?? first
        guard let task = address.mapIndex.map({ index in instances.first { $0.mapIndex == index } }) ?? shown else {
            let sentence = "The task '\(name)' has no instance \(address.mapIndex ?? 0) in this run."
            throw RequestError.notFound(sentence, nearest: Link(path: Address.task(run.name, name), text: name))
        }
        let attempt = address.attempt.map { number in task.attempts.first { $0.number == number } }
        if case .some(.none) = attempt {
            let sentence = "The task '\(task.displayName)' has no attempt \(address.attempt ?? 0)."
            let path = Address.task(run.name, name, mapIndex: task.mapIndex)
            throw RequestError.notFound(sentence, nearest: Link(path: path, text: task.displayName))
        }
        return FoundAttempt(
            run: run,
            task: task,
            instances: instances,
            attempt: attempt ?? task.attempts.last,
            isNumbered: address.attempt != nil
        )
    }
}
