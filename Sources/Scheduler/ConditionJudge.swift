import Core
import Postgres
import Store

/// Judges the `when` of a run's tasks; reads the outputs they name once, and only where some task has a `when`.
struct ConditionJudge {
    private let run: LockedRun
    private let version: LoadedVersion
    private let outputs: [String: [String: String]]

    init(run: LockedRun, version: LoadedVersion, on connection: isolated Connection) throws {
        self.run = run
        self.version = version
        let producers = Set(version.dag.tasks.flatMap { $0.condition?.references.compactMap(\.producer) ?? [] })
        let positions = producers.compactMap { version.topology.position(of: $0) }.sorted()
        guard !positions.isEmpty else {
            outputs = [:]
            return
        }
        let found = try connection.outputs(run: run.id, tasks: positions)
        outputs = Dictionary(uniqueKeysWithValues: found.map { (version.dag.tasks[$0.key].id, $0.value) })
    }

    /// Whether the `when` of the task at a position holds.
    func judge(_ position: Int) -> Cascade.Condition {
        let task = version.dag.tasks[position]
        guard let condition = task.condition else { return .holds }
        var context = EvaluationContext(
            dagID: run.name.dag,
            runID: run.name.description,
            runType: run.type.rawValue,
            logicalDate: run.logicalDate,
            dataIntervalStart: run.dataIntervalStart,
            dataIntervalEnd: run.dataIntervalEnd,
            taskID: task.id,
            zone: version.zone
        )
        context.params = run.params
        context.outputs = outputs
        do {
            return try condition.evaluate(context) ? .holds : .doesNotHold
        } catch {
            return .broken("\(error)")
        }
    }
}

extension Reference {
    /// The task whose output is meant; nil for other names.
    package var producer: String? {
        if case .output(let task, _, _) = self { task } else { nil }
    }
}
