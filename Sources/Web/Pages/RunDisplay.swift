import Core
import Store

/// Makes a run's page of what is known about it.
struct RunDisplay: Sendable {
    let overview: RunOverview
    /// The first instances that failed and whose failure counts.
    let failed: [TaskRecord]
    /// The last run that succeeded before; nil where that does not matter.
    let lastGood: RunRecord?
    /// The causes that tell too little by themselves, among their neighbours.
    var near: [AttemptID: [LogLine]] = [:]

    private var run: RunRecord { overview.run }

    /// Fills the template's view.
    func view(list: RunTasksView, history: [HistoryView], formKey: String) -> RunView {
        let path = Address.run(run.name)
        let now = overview.now
        let counts = overview.states.counts
        let causes = byCause.prefix(Self.mostCauses)
        let more = overview.states.failures - causes.reduce(0) { $0 + $1.count }
        return RunView(
            head: overview.head(.tasks, chosen: list.chosenState),
            summary: summary,
            causes: causes.compactMap { tasks in tasks.first.map { card(of: tasks, first: $0) } },
            hasCauses: !failed.isEmpty,
            moreCauses: more > 0 ? "and \(Quantity.count(more, "other failed task"))" : nil,
            moreCausesPath: "\(path)/tasks?state=failed",
            runPath: path,
            clearPath: "\(path)/clear?failed=1&downstream=1",
            canClear: !failed.isEmpty || counts[.upstreamFailed] != nil,
            canClearAll: run.state.isTerminal && !counts.isEmpty,
            canCancel: !run.state.isTerminal && !run.isCancelRequested,
            triggerPath: ParamTexts.pairs(run.params).isEmpty
                ? nil : "\(Address.dag(run.name.dag))/trigger?from=\(Address.segment(run.name.key))",
            formKey: formKey,
            list: list,
            runName: run.name.description,
            kind: RunRowView.kind(of: run),
            intervalStart: Moment(run.intervalStart, now: now),
            intervalEnd: Moment(run.intervalEnd, now: now),
            versionPath: "\(Address.dag(run.name.dag))/code?version=\(run.version)",
            versionNumber: run.version,
            started: run.startedAt.map { Moment($0, now: now, seconds: true) },
            ended: run.endedAt.map { Moment($0, now: now, seconds: true) },
            took: RunRowView.took(run, now: now),
            params: ParamTexts.pairs(run.params),
            history: history,
            since: lastGood.map { RunChangesView(run, since: $0, now: now) }
        )
    }

    private func card(of tasks: [TaskRecord], first: TaskRecord) -> CauseView {
        var card = CauseView(tasks, first: first, run: run.name)
        if let attempt = first.attempts.last, let line = attempt.cause?.line, let lines = near[attempt.id] {
            card.neighbours = lines.map { CauseLineView($0, causeLine: line) }
        }
        return card
    }

    /// The first task of each cause that is told.
    var firstFailures: [TaskRecord] { byCause.prefix(Self.mostCauses).compactMap(\.first) }

    /// More causes than these are told by the number of their tasks.
    private static let mostCauses = 5

    /// What failed of the same cause, in the order of its first failure.
    private var byCause: [[TaskRecord]] {
        var groups: [[TaskRecord]] = []
        var places: [Int: Int] = [:]
        for task in failed {
            let signature = task.attempts.last?.signature
            if let place = signature.flatMap({ places[$0] }) {
                groups[place].append(task)
            } else {
                if let signature { places[signature] = groups.count }
                groups.append([task])
            }
        }
        return groups
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
            // Which tasks failed is told by themselves.
            guard run.isCancelRequested else { return nil }
            return run.reason.map { "Failed: \(Ending.plain($0))." }
        case .running, .success: return nil
        }
    }
}
