import Core
import Store

/// Makes a run's page of what is known about it.
struct RunDisplay: Sendable {
    let run: RunRecord
    /// Tasks that are one instance.
    let tasks: [TaskRecord]
    /// Tasks that have instances, folded.
    let mapped: [MappedTask]
    /// The first that failed of these, if their failure was not allowed.
    let failedInstances: [TaskRecord]
    let definition: DAG?
    let now: Timestamp

    /// Fills the template's view.
    func view(fields: FormFields, history: [HistoryView], formKey: String) -> RunView {
        let path = Address.run(run.name)
        let allowed = allowedToFail
        let failed = (tasks.filter { $0.state == .failed && !allowed.contains($0.id) } + failedInstances)
            .sorted { ($0.endedAt ?? now, $0.rowID) < ($1.endedAt ?? now, $1.rowID) }
        let failedOfMapped = mapped.filter { !allowed.contains($0.id) }.reduce(0) { $0 + ($1.counts[.failed] ?? 0) }
        let causes = failed.prefix(Site.mostCauses).map { CauseView($0, run: run.name) }
        let more = failed.count - failedInstances.count + failedOfMapped - causes.count
        let chosen = fields.filled("state").flatMap(TaskState.init(rawValue:))
        let listed = orderedRows.filter { row in chosen.map { row.has($0) } ?? true }
        let first = max(0, fields["from"].flatMap(Int.init) ?? 0)
        let shown = listed.dropFirst(first).prefix(Site.tasksPerPage)
        let next = first + shown.count
        let filter = chosen.map { "&state=\($0.rawValue)" } ?? ""
        return RunView(
            badge: Badge(run.state),
            logical: Moment(run.logicalDate, now: now),
            summary: summary,
            causes: Array(causes),
            hasCauses: !causes.isEmpty,
            moreCauses: more > 0 ? "and \(Quantity.count(more, "other failed task"))" : nil,
            moreCausesPath: "\(path)?state=failed#tasks",
            path: path,
            clearPath: "\(path)/clear?failed=1&downstream=1",
            canClear: !failed.isEmpty || allCounts[.upstreamFailed] != nil,
            canClearAll: run.state.isTerminal && !(tasks.isEmpty && mapped.isEmpty),
            canCancel: !run.state.isTerminal && !run.isCancelRequested,
            formKey: formKey,
            counts: counts(chosen: chosen, path: path),
            graph: graph,
            graphNote: graphNote,
            tasks: shown.map { view(of: $0, chosen: chosen, needs) },
            moreTasks: listed.count > next ? "\(path)?from=\(next)\(filter)#tasks" : nil,
            runName: run.name.description,
            kind: RunRowView.kind(of: run),
            intervalStart: Moment(run.intervalStart, now: now),
            intervalEnd: Moment(run.intervalEnd, now: now),
            versionPath: "\(Address.dag(run.name.dag))/code?version=\(run.version)",
            versionNumber: run.version,
            started: run.startedAt.map { Moment($0, now: now, seconds: true) },
            ended: run.endedAt.map { Moment($0, now: now, seconds: true) },
            took: RunRowView.took(run, now: now),
            params: params,
            history: history
        )
    }

    /// Tasks whose failure is no cause of anything; they are in the table all the same.
    private var allowedToFail: Set<String> {
        Set((definition?.tasks ?? []).filter(\.allowsFailure).map(\.id))
    }

    private var needs: [String: [String]] {
        var needs: [String: [String]] = [:]
        for task in definition?.tasks ?? [] { needs[task.id] = task.needs }
        return needs
    }

    /// A row of the table: a task that is one instance, or a mapped one.
    private enum Row {
        case whole(TaskRecord)
        case mapped(MappedTask)

        var id: String {
            switch self {
            case .whole(let task): task.id
            case .mapped(let task): task.id
            }
        }

        var index: Int {
            switch self {
            case .whole(let task): task.index
            case .mapped(let task): task.index
            }
        }

        func has(_ state: TaskState) -> Bool {
            switch self {
            case .whole(let task): task.state == state
            case .mapped(let task): task.counts[state] != nil
            }
        }
    }

    private func view(of row: Row, chosen: TaskState?, _ needs: [String: [String]]) -> TaskRowView {
        let needs = needs[row.id] ?? []
        switch row {
        case .whole(let task): return TaskRowView(task, run: run.name, needs: needs, now: now)
        case .mapped(let task): return TaskRowView(task, run: run.name, needs: needs, chosen: chosen, now: now)
        }
    }

    /// The tasks, each after what it needs; what cannot be read stays in the file's order.
    private var orderedRows: [Row] {
        // Of a task that waits to be expanded anew, what was removed is not worth a row.
        let whole = Set(tasks.map(\.index))
        let rows = (tasks.map { Row.whole($0) } + mapped.filter { !whole.contains($0.index) }.map { .mapped($0) })
            .sorted { $0.index < $1.index }
        guard let definition, let topology = try? Topology(definition.tasks) else {
            // Without a readable definition there is no better order than the file's.
            return rows
        }
        var ranks: [String: Int] = [:]
        for (rank, position) in topology.order.enumerated() { ranks[definition.tasks[position].id] = rank }
        return rows.sorted { (ranks[$0.id] ?? .max, $0.index) < (ranks[$1.id] ?? .max, $1.index) }
    }

    /// All instances by state.
    private var allCounts: [TaskState: Int] {
        var counts: [TaskState: Int] = [:]
        for task in tasks { counts[task.state, default: 0] += 1 }
        for task in mapped { counts.merge(task.counts, uniquingKeysWith: +) }
        return counts
    }

    private var summary: String? {
        if run.isCancelRequested, !run.state.isTerminal {
            return "Cancel was asked for; the run ends when nothing of it runs any more."
        }
        switch run.state {
        case .queued: return nil
        case .cancelled:
            return run.reason.map { "Cancelled: \(Ending.plain($0))." }
        case .failed:
            return run.reason.map { "Failed: \(Ending.plain($0))." }
        case .running, .success: return nil
        }
    }

    private func counts(chosen: TaskState?, path: String) -> [CountView] {
        let order: [TaskState] = [
            .failed, .upstreamFailed, .upForRetry, .running, .queued, .waiting, .success, .skipped, .cancelled,
            .removed,
        ]
        let counts = allCounts
        return order.compactMap { state in
            counts[state].map { CountView(state, $0, path: path, isChosen: state == chosen) }
        }
    }

    private var params: [PairView] {
        guard case .object(let members) = JSONValue(parsing: run.params) else { return [] }
        return members.map { member in
            if case .string(let text) = member.value { return PairView(name: member.name, value: text) }
            return PairView(name: member.name, value: member.value.description)
        }
    }

    // MARK: - Graph

    /// One node for each task of the definition; mapped instances are one node with the worst state.
    private var graph: String? {
        guard let definition, definition.tasks.count > 1, definition.tasks.count <= GraphDrawing.mostNodes,
            // A definition that was accepted has no cycle; were there one, the list would still be shown.
            let topology = try? Topology(definition.tasks)
        else { return nil }
        var states: [String: TaskState] = [:]
        for task in mapped { states[task.id] = task.worst }
        for task in tasks { states[task.id] = task.state }
        let nodes = definition.tasks.enumerated().map { index, task in
            GraphDrawing.Node(
                name: task.id,
                path: Address.task(run.name, task.id),
                badge: Badge(states[task.id] ?? .removed),
                upstream: topology.upstream[index]
            )
        }
        return GraphDrawing.svg(nodes)
    }

    private var graphNote: String? {
        guard let definition, definition.tasks.count > GraphDrawing.mostNodes else { return nil }
        return "A graph of \(Quantity.count(definition.tasks.count, "task")) would be too large to read; "
            + "the list below has them in dependency order."
    }
}
