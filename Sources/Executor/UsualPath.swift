import Core
import Scheduler

/// How long a task and the longest chain of tasks behind it usually take.
enum UsualPath {
    /// What a task counts of which nobody knows how long it takes, so that longer chains still go first.
    private static let unknown = Duration.seconds(1)

    /// The length for each task, by its place in the file.
    static func lengths(of version: LoadedVersion, _ durations: [String: Duration]) -> [Duration] {
        let topology = version.topology
        var lengths = [Duration](repeating: .zero, count: version.dag.tasks.count)
        for position in topology.order.reversed() {
            let behind = topology.downstream[position].map { lengths[$0] }.max() ?? .zero
            lengths[position] = (durations[version.dag.tasks[position].id] ?? unknown) + behind
        }
        return lengths
    }
}
