import Core
import Postgres
import Store

/// Judges the `when` and works out the `for_each` of a run's tasks; reads what they name, and each of it once.
///
/// Of one pass over one locked run: what it has read does not change meanwhile.
final class InstanceJudge {
    let run: LockedRun
    let version: LoadedVersion
    /// What tasks have published, by position; of mapped tasks, every instance.
    private var published = PublishedOutputs()
    private var known: Set<Int> = []
    private var items: [InstanceKey: JSONValue] = [:]

    init(run: LockedRun, version: LoadedVersion) {
        self.run = run
        self.version = version
    }

    /// Reads the items of instances whose conditions need them.
    func prepare(_ rows: [InstanceRow], on connection: isolated Connection) throws {
        let needed = rows.filter { row in
            row.mapIndex >= 0 && items[row.key] == nil
                && version.dag.tasks[row.task].condition?.references.contains(where: \.isItem) ?? false
        }
        let tasks = Dictionary(needed.map { ($0.id, $0.task) }) { first, _ in first }
        for (id, found) in try connection.items(of: needed.map(\.id)) {
            guard let task = tasks[id] else { continue }
            items[InstanceKey(task: task, mapIndex: found.mapIndex)] = found.item
        }
    }

    /// Whether the `when` of an instance holds.
    func condition(
        _ key: InstanceKey,
        _ item: JSONValue?,
        on connection: isolated Connection
    ) throws -> Cascade.Condition {
        guard let condition = version.dag.tasks[key.task].condition else { return .holds }
        var context = try context(of: key, condition.references, on: connection)
        context.item = item ?? items[key]
        do throws(TemplateError) {
            return try condition.evaluate(context) ? .holds : .doesNotHold
        } catch {
            return .broken("\(error)")
        }
    }

    /// What the `for_each` of the task at a position gives.
    func list(_ task: Int, on connection: isolated Connection) throws -> Cascade.Items {
        guard let mapping = version.dag.tasks[task].mapping else { return .list([]) }
        let context = try context(of: InstanceKey(task: task), mapping.references, on: connection)
        do throws(TemplateError) {
            return .list(try mapping.items(context))
        } catch {
            return .broken("\(error)")
        }
    }

    private func context(
        of key: InstanceKey,
        _ references: [Reference],
        on connection: isolated Connection
    ) throws -> EvaluationContext {
        let producers = Set(references.compactMap(\.producer).compactMap { version.topology.position(of: $0) })
        let unknown = producers.subtracting(known)
        if !unknown.isEmpty {
            published.merge(try connection.outputs(run: run.id, tasks: unknown.sorted()))
            known.formUnion(unknown)
        }
        var context = EvaluationContext(
            dagID: run.name.dag,
            runID: run.name.description,
            runType: run.type.rawValue,
            logicalDate: run.logicalDate,
            dataIntervalStart: run.dataIntervalStart,
            dataIntervalEnd: run.dataIntervalEnd,
            taskID: version.dag.tasks[key.task].id,
            zone: version.zone
        )
        context.params = run.params
        context.mapIndex = key.isWhole ? nil : key.mapIndex
        context.outputs = published.texts(
            for: references,
            of: key,
            tasks: version.dag.tasks,
            topology: version.topology
        )
        return context
    }
}

extension Reference {
    /// The task whose output is meant; nil for other names.
    package var producer: String? {
        if case .output(let task, _, _) = self { task } else { nil }
    }

    /// Whether it is a mapped task's item, or a part of it.
    package var isItem: Bool {
        if case .item = self { true } else { false }
    }
}
