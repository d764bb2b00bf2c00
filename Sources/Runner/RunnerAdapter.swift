package import Core

/// One runner, reached by its carrier: this host, HTTP or SSH; nothing above it may know which.
///
/// Every call may fail with a `RunnerError`. A failure never means that an attempt failed: the caller asks again, and
/// the runner's folders hold the truth. A call that times out has an unknown outcome, which `ask` decides.
package protocol RunnerAdapter: Sendable {
    /// The runner's name in `rota.yaml`.
    var name: String { get }

    /// Connects if need be and says who answers; the executor compares it with what it knew.
    func identify() async throws(RunnerError) -> RunnerIdentity

    /// Says who answers, as `identify` does, and lets the runner know which reading of its clock was heard and noted.
    ///
    /// A runner that ends attempts by itself when no server is heard of tells its clock; by default none does.
    func greet(heard: KeeperClock?) async throws(RunnerError) -> RunnerGreeting

    /// Starts attempts; answers in the order of the orders. An identity that exists already is answered with its
    /// present status and is not started again.
    func start(_ orders: [StartOrder]) async throws(RunnerError) -> [StartAnswer]

    /// Says what became of attempts, in their order. One that never arrived gets a tombstone, so that its order can
    /// never start later, and is `neverStarted`.
    func ask(_ ids: [AttemptID]) async throws(RunnerError) -> [AttemptStatus]

    /// Ends and hints, from now on. The stream finishes by throwing when the carrier breaks; the caller opens it anew
    /// and then asks about every attempt it holds, so a lost event does no harm.
    func events() -> AsyncThrowingStream<RunnerEvent, any Error>

    /// Reads at most `limit` bytes of an attempt's log from an offset.
    func readLog(_ id: AttemptID, from offset: Int64, limit: Int) async throws(RunnerError) -> LogSlice

    /// Reads what the command wrote to `ROTA_OUTPUT`: at most 1 MiB and one byte, so that too much can be told.
    func readOutput(_ id: AttemptID) async throws(RunnerError) -> [UInt8]

    /// Sends TERM to the attempt's group, and KILL after the grace; its end comes as an event. Repeating it is harmless.
    func cancel(_ id: AttemptID, grace: Duration) async throws(RunnerError)

    /// Lets the runner remove attempts whose end and log are stored; unknown ones are no error.
    func forget(_ ids: [AttemptID]) async throws(RunnerError)

    /// Lets the runner remove the shared folder of a run that is over.
    func forgetRun(_ runDirectory: String) async throws(RunnerError)

    /// Why tasks with such limits are not started here; nil: they can be, which is the default.
    func objection(to limits: ResourceLimits) -> String?

    /// How busy the host is, as last told; nil where this carrier does not tell.
    func load() async -> RunnerLoad?

    /// Lists the processes that outlived their attempts; nil where the carrier cannot tell, as is the default.
    func strays() async throws(RunnerError) -> [Stray]?

    /// Kills processes that outlived their attempts, on an operator's word; others are left alone.
    func reap(_ processes: [Int32]) async throws(RunnerError)
}

extension RunnerAdapter {
    package func objection(to limits: ResourceLimits) -> String? { nil }

    package func load() async -> RunnerLoad? { nil }

    package func strays() async throws(RunnerError) -> [Stray]? { nil }

    package func reap(_ processes: [Int32]) async throws(RunnerError) {}

    package func greet(heard: KeeperClock?) async throws(RunnerError) -> RunnerGreeting {
        RunnerGreeting(identity: try await identify(), clock: nil)
    }
}

/// What a runner answers when it is greeted.
package struct RunnerGreeting: Hashable, Sendable {
    /// Who answers.
    package var identity: RunnerIdentity
    /// What its clock shows; nil: it ends nothing by itself when no server is heard of.
    package var clock: KeeperClock?
    /// How long ago the host's present boot began; nil where it does not tell.
    package var bootAge: Duration?

    /// Joins the facts.
    package init(identity: RunnerIdentity, clock: KeeperClock?, bootAge: Duration? = nil) {
        self.identity = identity
        self.clock = clock
        self.bootAge = bootAge
    }
}

/// Who answers at a runner's address.
package struct RunnerIdentity: Hashable, Sendable {
    /// Random identity of the state directory; another one means another disk.
    package var directoryID: String
    /// Identity of the host's present boot; a later one proves that nothing of before still runs.
    package var bootID: String
    /// The host's name, for people.
    package var hostName: String
    /// The version of what answers.
    package var version: String

    /// Joins the four facts.
    package init(directoryID: String, bootID: String, hostName: String, version: String) {
        self.directoryID = directoryID
        self.bootID = bootID
        self.hostName = hostName
        self.version = version
    }
}

/// Something that a runner tells unasked.
package enum RunnerEvent: Hashable, Sendable {
    /// The attempt ended; the record is durable on the runner.
    case ended(AttemptID, ExitRecord)
    /// The attempt is gone and no exit record tells how; `proof` says how that is known.
    case lost(AttemptID, proof: String)
    /// The attempt's log has grown: a hint that there is something to read.
    case logGrew(AttemptID)
}

/// A piece of an attempt's log.
package struct LogSlice: Hashable, Sendable {
    /// The bytes from the asked offset on; empty when there are none yet.
    package var bytes: [UInt8]
    /// The log's length on the runner when it was read.
    package var end: Int64
    /// The offset of the first byte where that is later than was asked for: the runner no longer has what goes before,
    /// because it is beyond the log's cap; nil: it is as asked.
    package var start: Int64?

    /// Joins bytes, length and place.
    package init(bytes: [UInt8], end: Int64, start: Int64? = nil) {
        self.bytes = bytes
        self.end = end
        self.start = start
    }
}
