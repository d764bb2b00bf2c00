import Core
import Store

/// What every view of a run is made from: its states and the shape of its version's graph.
struct RunOverview: Sendable {
    let run: RunRecord
    let states: RunStates
    let definition: DAG?
    let topology: Topology?
    let now: Timestamp
    /// The states by the tasks' places in the file.
    private let byPlace: [Int: RunStates.Task]

    init(run: RunRecord, states: RunStates, definition: DAG?, now: Timestamp) {
        self.run = run
        self.states = states
        self.definition = definition
        // A definition that was accepted has no cycle; were there one, the file's order would be shown.
        topology = definition.flatMap { try? Topology($0.tasks) }
        self.now = now
        byPlace = Dictionary(states.tasks.map { ($0.index, $0) }) { first, _ in first }
    }

    /// The places of the run's tasks, each after what it needs.
    var order: [Int] {
        guard let topology else { return states.tasks.map(\.index) }
        let known = topology.order.filter { byPlace[$0] != nil }
        guard known.count < states.tasks.count else { return known }
        return known + states.tasks.map(\.index).filter { $0 >= topology.order.count }
    }

    /// The state of a task that people should know of; nil where the run does not have it.
    func worst(of place: Int) -> TaskState? { byPlace[place]?.worst }

    /// Whether a task has an instance in a state.
    func has(_ place: Int, _ state: TaskState) -> Bool { byPlace[place]?.states.contains(state) ?? false }

    /// Whether a task is folded from many instances.
    func isMapped(_ place: Int) -> Bool { byPlace[place]?.isMapped ?? false }

    /// The task at a place of the version's file; nil where the file cannot be read.
    func task(at place: Int) -> TaskDefinition? {
        definition.flatMap { place < $0.tasks.count ? $0.tasks[place] : nil }
    }

    /// The names of the version's tasks, in the file's order.
    var names: [String] { definition?.tasks.map(\.id) ?? [] }

    /// The task that a look at the graph begins with: the first that failed by itself, else one that runs, else the
    /// first.
    var centre: Int {
        let ranked: [TaskState] = [.failed, .upForRetry, .running, .queued, .upstreamFailed]
        let order = order
        func hasNeighbours(_ place: Int) -> Bool {
            guard let topology, place < topology.upstream.count else { return false }
            return !topology.upstream[place].isEmpty || !topology.downstream[place].isEmpty
        }
        for state in ranked {
            let places = order.filter { has($0, state) }
            // A look at a task that stands alone tells nothing of the graph.
            if let place = places.first(where: hasNeighbours) ?? places.first { return place }
        }
        return order.first(where: hasNeighbours) ?? order.first ?? 0
    }

    /// Counts by state, each a link to the tasks that are in it.
    func counts(chosen: TaskState?) -> [CountView] {
        let counts = states.counts
        let order: [TaskState] = [
            .failed, .upstreamFailed, .upForRetry, .running, .queued, .waiting, .success, .skipped, .cancelled,
            .removed,
        ]
        return order.compactMap { state in
            counts[state].map {
                var view = CountView(state, $0, path: "\(Address.run(run.name))/tasks", isChosen: state == chosen)
                if state == .failed, states.allowedFailures > 0 {
                    let some =
                        states.allowedFailures == $0 ? "" : "\(Quantity.grouped(states.allowedFailures)) of them "
                    view.word += ", \(some)\(Ending.allowed)"
                }
                return view
            }
        }
    }

    /// The counts in words: `3 failed, 40 success`.
    var countWords: String {
        counts(chosen: nil).map { "\($0.count) \($0.word)" }.joined(separator: ", ")
    }

    /// The head that all views of the run share.
    func head(_ part: RunHeadView.Part, chosen: TaskState? = nil) -> RunHeadView {
        RunHeadView(
            badge: Badge(run.state),
            logical: Moment(run.logicalDate, now: now),
            headPath: Address.run(run.name),
            counts: counts(chosen: chosen),
            strip: StripMarkup.svg(states, words: countWords),
            isTasks: part == .tasks,
            isGantt: part == .gantt,
            isGraph: part == .graph
        )
    }
}

/// The head of a run's views: state, counts, strip and tabs.
struct RunHeadView: Sendable {
    let badge: Badge
    let logical: Moment
    let headPath: String
    let counts: [CountView]
    /// Markup.
    let strip: String
    let isTasks: Bool
    let isGantt: Bool
    let isGraph: Bool

    /// The views of a run.
    enum Part { case tasks, gantt, graph }
}
