import Core
import Store

/// Makes a run's page of what is known about it.
struct RunDisplay: Sendable {
    let run: RunRecord
    let tasks: [TaskRecord]
    let definition: DAG?
    let now: Timestamp

    /// Fills the template's view.
    func view(fields: FormFields, history: [HistoryEntry], formKey: String) -> RunView {
        let path = Address.run(run.name)
        let failed = tasks.filter { $0.state == .failed && !allowedToFail.contains($0.id) }
            .sorted { ($0.endedAt ?? now, $0.rowID) < ($1.endedAt ?? now, $1.rowID) }
        let causes = failed.prefix(Site.mostCauses).map { CauseView($0, run: run.name) }
        let more = failed.count - causes.count
        let chosen = fields.filled("state").flatMap(TaskState.init(rawValue:))
        let listed = orderedTasks.filter { chosen == nil || $0.state == chosen }
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
            canClear: !failed.isEmpty || tasks.contains { $0.state == .upstreamFailed },
            canClearAll: run.state.isTerminal && !tasks.isEmpty,
            canCancel: !run.state.isTerminal && !run.isCancelRequested,
            formKey: formKey,
            counts: counts(chosen: chosen, path: path),
            graph: graph,
            graphNote: graphNote,
            tasks: shown.map { TaskRowView($0, run: run.name, needs: needs[$0.id] ?? [], now: now) },
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
            history: history.map { HistoryView($0, now: now) }
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

    /// The tasks, each after what it needs; what cannot be read stays in the file's order.
    private var orderedTasks: [TaskRecord] {
        guard let definition, let topology = try? Topology(definition.tasks) else {
            // Without a readable definition there is no better order than the file's.
            return tasks
        }
        var ranks: [String: Int] = [:]
        for (rank, position) in topology.order.enumerated() { ranks[definition.tasks[position].id] = rank }
        return tasks.enumerated()
            .sorted { (ranks[$0.element.id] ?? .max, $0.offset) < (ranks[$1.element.id] ?? .max, $1.offset) }
            .map(\.element)
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
        var counts: [TaskState: Int] = [:]
        for task in tasks { counts[task.state, default: 0] += 1 }
        return order.compactMap { state in
            guard let count = counts[state] else { return nil }
            let badge = Badge(state)
            let isChosen = state == chosen
            return CountView(
                css: badge.css,
                glyph: badge.glyph,
                word: badge.word.lowercased(),
                count: Quantity.grouped(count),
                path: isChosen ? "\(path)#tasks" : "\(path)?state=\(state.rawValue)#tasks",
                isChosen: isChosen
            )
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
        for task in tasks { states[task.id] = states[task.id].map { Self.worse($0, task.state) } ?? task.state }
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

    private static func worse(_ left: TaskState, _ right: TaskState) -> TaskState {
        let order: [TaskState] = [
            .failed, .upstreamFailed, .upForRetry, .running, .queued, .waiting, .cancelled, .success, .skipped,
        ]
        return order.first { $0 == left || $0 == right } ?? left
    }
}
