import Core
import Store

/// Which of a run's tasks a Gantt chart shows, and which of them the run waited for.
struct GanttPlan: Hashable, Sendable {
    /// Places of the tasks that are shown, by start; then those that have not started, in the file's order.
    private(set) var shown: [Int] = []
    /// Places of the tasks on the critical path.
    private(set) var critical: Set<Int> = []
    /// How many tasks have started, and how many there are.
    private(set) var started = 0
    private(set) var all = 0

    /// More tasks are not shown.
    static let mostTasks = 200

    /// Takes what failed, the critical path, then the longest, and what has not started, as many as fit.
    ///
    /// `upstream`: By place; empty where the version cannot be read.
    init(_ times: RunTimes, upstream: [[Int]], failed: (Int) -> Bool, now: Timestamp, limit: Int = mostTasks) {
        let started = times.tasks.filter { $0.startedAt != nil }
        self.started = started.count
        all = times.tasks.count
        critical = Self.criticalPath(started, upstream: upstream, now: now)
        func length(_ task: RunTimes.Task) -> Duration { task.startedAt.map { (task.endedAt ?? now) - $0 } ?? .zero }
        func rank(_ task: RunTimes.Task) -> Int {
            if failed(task.index) { return 0 }
            return critical.contains(task.index) ? 1 : 2
        }
        let chosen =
            started.map { (task: $0, rank: rank($0), length: length($0)) }
            .sorted { ($0.rank, $1.length, $0.task.index) < ($1.rank, $0.length, $1.task.index) }
            .prefix(limit)
        shown = chosen.map(\.task)
            .sorted { ($0.startedAt ?? now, $0.index) < ($1.startedAt ?? now, $1.index) }
            .map(\.index)
        let unstarted = times.tasks.filter { $0.startedAt == nil }
        shown += unstarted.prefix(max(0, limit - shown.count)).map(\.index)
    }

    /// From what ended last, back along what each task waited for longest.
    private static func criticalPath(_ tasks: [RunTimes.Task], upstream: [[Int]], now: Timestamp) -> Set<Int> {
        let ends = Dictionary(tasks.map { ($0.index, $0.endedAt ?? now) }) { first, _ in first }
        var path: Set<Int> = []
        var next = ends.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        while let place = next, path.insert(place).inserted {
            let needs = place < upstream.count ? upstream[place] : []
            next = needs.filter { ends[$0] != nil }.max { (ends[$0] ?? now, $1) < (ends[$1] ?? now, $0) }
        }
        return path
    }
}
