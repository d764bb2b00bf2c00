import Core

/// What PostgreSQL holds, in memory: the tables that the passes, the claims and the ticks read and write.
///
/// Each function is one of the named operations of `Store`, or a transaction made of them, and does to its rows what the
/// statement of that name does. It is whole or does not happen; who calls it decides when, and what its caller hears. A
/// test applies the same operations to this and to PostgreSQL and compares all rows.
final class MemoryStore {
    /// The database's clock.
    var clock: Timestamp
    var dags: [DAGLine] = []
    var pools: [PoolLine] = []
    var runs: [RunLine] = []
    var instances: [InstanceLine] = []
    var attempts: [AttemptLine] = []
    /// By runner.
    var leases: [LeaseLine?]
    /// By runner: when it last answered, and from which disk.
    var contacts: [Contact]
    var isHalted = false
    var attemptIndex: [AttemptID: Int] = [:]
    /// Attempts that have not ended, in the order of their intents.
    var live: [Int] = []
    /// All that changed, for whoever checks it; emptied by them.
    var changes: [Change] = []
    /// A rule of the product that is broken on purpose.
    let mutation: Mutation?

    /// A change of state, and who made it.
    enum Change {
        case run(Int, from: RunState?, to: RunState)
        case instance(Int, from: TaskState?, to: TaskState)
        case attempt(Int, from: AttemptState?, to: AttemptState)
        case tick(dag: Int, first: Timestamp, count: Int, last: Timestamp, run: Int?)
        case lease(runner: Int, before: LeaseLine?, by: Int)
        case counts(run: Int)
        /// What follows in this run is by word of a person.
        case word(run: Int)

        /// Whether a task has come to its end.
        var isEnd: Bool {
            if case .instance(_, _, let state) = self { state.isTerminal } else { false }
        }
    }

    /// A DAG's row with its one version.
    struct DAGLine {
        let dag: DAG
        let topology: Topology
        var isPaused = false
        var cursor: Timestamp
        var nextTick: Timestamp?
        var unpausedAt: Timestamp?
        /// The ledger, a line for each tick or range of ticks.
        var ledger: [TickLine] = []
        var runsByKey: [String: Int] = [:]
    }

    /// A line of the ledger.
    struct TickLine: Hashable {
        let first: Timestamp
        let last: Timestamp
        let count: Int
        /// `created`, or why there is no run.
        let decision: String
        let run: Int?
    }

    /// A pool's row.
    struct PoolLine {
        let name: String
        var slots: Int
        let order: QueueOrder
    }

    /// A run's row.
    struct RunLine {
        let id: Int
        let dag: Int
        let key: String
        let type: RunType
        var state: RunState
        var reason: String?
        var cancelRequested = false
        var tasks: Int
        var unfinished: Int
        var failures = 0
        let logicalDate: Timestamp
        let runAfter: Timestamp
        var startBy: Timestamp?
        var endBy: Timestamp?
        let isCatchup: Bool
        let createdAt: Timestamp
        /// The ids of its instances' rows, also of those that were deleted.
        var instances: [Int] = []
        /// Whether a person cleared or marked something of it, and whether they marked.
        var isEdited = false
        var isMarked = false
    }

    /// A task instance's row.
    struct InstanceLine {
        let id: Int
        let run: Int
        let key: InstanceKey
        var state: TaskState
        var reason: String?
        var counts: UpstreamCounts
        /// Its live attempt.
        var attempt: Int?
        var attempts = 0
        var retriesUsed = 0
        var losses = 0
        var cancelRequested = false
        var retryAt: Timestamp?
        var queuedAt: Timestamp?
        var hold: String?
        /// Its row is gone.
        var isDeleted = false
        /// Attempts before the last word of a person that let it begin anew.
        var attemptsBefore = 0
    }

    /// An attempt's row.
    struct AttemptLine {
        let id: AttemptID
        let instance: Int
        let run: Int
        let dag: Int
        let number: Int
        var state: AttemptState
        let runner: Int
        let fence: Int
        let boot: Int
        let disk: Int
        let pool: Int?
        let slots: Int
        /// After how long a silence of its runner it is over; nil: never.
        var silenceLimit: Duration?
        var unreachableSince: Timestamp?
        var cancelRequested = false
        var exitCode: Int32?
        var reason: String?
        var isOver = false
    }

    /// The right to act for a runner.
    struct LeaseLine: Equatable {
        var server: Int
        var incarnation: Int
        var fence: Int
        var expiresAt: Timestamp
    }

    /// A runner's last sign of life.
    struct Contact {
        var at: Timestamp?
        var count = 0
        var disk = 0
    }

    /// Puts DAGs in force at this moment.
    init(
        dags: [DAG],
        pools: [(name: String, slots: Int, order: QueueOrder)],
        runners: Int,
        clock: Timestamp,
        mutation: Mutation? = nil
    ) throws(TopologyError) {
        self.clock = clock
        self.mutation = mutation
        leases = Array(repeating: nil, count: runners)
        contacts = Array(repeating: Contact(), count: runners)
        self.pools = pools.map { PoolLine(name: $0.name, slots: $0.slots, order: $0.order) }
        for dag in dags {
            var line = DAGLine(dag: dag, topology: try Topology(dag.tasks), cursor: clock)
            line.nextTick = dag.schedule?.timetable.next(after: clock)
            self.dags.append(line)
        }
    }

    /// The definition of an instance's task.
    func task(of instance: Int) -> TaskDefinition {
        let line = instances[instance]
        return dags[runs[line.run].dag].dag.tasks[line.key.task]
    }

    // MARK: - Changes

    func set(run: Int, _ state: RunState) {
        let old = runs[run].state
        guard old != state else { return }
        runs[run].state = state
        changes.append(.run(run, from: old, to: state))
    }

    func set(instance: Int, _ state: TaskState) {
        let old = instances[instance].state
        guard old != state else { return }
        instances[instance].state = state
        changes.append(.instance(instance, from: old, to: state))
    }

    func set(attempt: Int, _ state: AttemptState) {
        let old = attempts[attempt].state
        guard old != state else { return }
        attempts[attempt].state = state
        changes.append(.attempt(attempt, from: old, to: state))
        if !state.isLive {
            attempts[attempt].isOver = true
            live.removeAll { $0 == attempt }
        }
    }

    func insert(run: Int, _ key: InstanceKey, _ state: TaskState, _ counts: UpstreamCounts) -> Int {
        let line = InstanceLine(id: instances.count, run: run, key: key, state: state, counts: counts)
        instances.append(line)
        runs[run].instances.append(line.id)
        changes.append(.instance(line.id, from: nil, to: state))
        return line.id
    }

    func delete(instance: Int) {
        instances[instance].isDeleted = true
        changes.append(.counts(run: instances[instance].run))
    }

    /// A run's instances in the order of the file and then of their map indices.
    func rows(ofRun run: Int) -> [InstanceLine] {
        runs[run].instances.map { instances[$0] }.filter { !$0.isDeleted }.sorted { $0.key < $1.key }
    }

    /// The row of an instance; nil: there is none.
    func row(_ run: Int, _ key: InstanceKey) -> Int? {
        runs[run].instances.first { !instances[$0].isDeleted && instances[$0].key == key }
    }
}
