import Core
import Scheduler

/// What a seat remembers from one claim to the next; nothing that correctness hangs on.
struct ClaimMemory: Sendable {
    /// When a task of each DAG was last taken.
    private(set) var lastServed: [Int: Timestamp] = [:]
    /// The DAG after which the next look at heads begins.
    var lastDAG = 0
    private var usual: [Int: (at: Timestamp, durations: [String: Duration], isWhole: Bool)] = [:]
    /// The lengths of paths by version; they are as old as the durations that they are made of.
    private var paths: [Int: [Duration]] = [:]

    /// How long DAGs are remembered as served, and how long durations are believed.
    private static let memory = Duration.seconds(3_600)
    private static let belief = Duration.seconds(600)
    /// The same where not all tasks have a duration: a DAG's first successes must not wait so long to count.
    private static let beliefInSome = Duration.seconds(5)

    /// Notes that tasks of these DAGs are taken.
    mutating func note(served dags: some Sequence<Int>, at now: Timestamp) {
        for dag in dags { lastServed[dag] = now }
        if lastServed.count > 1_000 { lastServed = lastServed.filter { now - $0.value < Self.memory } }
    }

    /// How long the tasks of a DAG usually take; nil: that must be read anew.
    func usualDurations(ofDAG dag: Int, at now: Timestamp) -> [String: Duration]? {
        guard let known = usual[dag], now - known.at < (known.isWhole ? Self.belief : Self.beliefInSome) else {
            return nil
        }
        return known.durations
    }

    /// Remembers how long the tasks of a DAG usually take; `isWhole` says that none of those that were asked for is missing.
    mutating func remember(
        usual durations: [String: Duration],
        ofDAG dag: Int,
        isWhole: Bool,
        at now: Timestamp
    ) {
        if usual.count > 1_000 { usual.removeAll() }
        usual[dag] = (now, durations, isWhole)
        paths.removeAll()
    }

    /// How long what hangs on each task of a version usually takes, by the task's place in the file.
    mutating func usualPaths(of version: LoadedVersion, _ durations: [String: Duration]) -> [Duration] {
        if let known = paths[version.id] { return known }
        let lengths = UsualPath.lengths(of: version, durations)
        paths[version.id] = lengths
        return lengths
    }
}
