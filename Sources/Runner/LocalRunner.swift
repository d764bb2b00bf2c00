package import AttemptProtocol
package import Core

/// The runner on this host: its keeper is started when there is none, and found again when there is one.
///
/// Killing the process that uses it touches neither the keeper nor a command; the next one finds both.
package final class LocalRunner: KeeperRunner {
    package static let answerer = "its keeper"

    package let name: String
    /// Where the keeper has its attempts; another runner must have another one.
    package let state: StateDirectory
    private let link: LocalKeeperLink
    private let measure: HostMeasure?

    /// Names the runner, its absolute state directory and the program `rota-keeper`; nothing is started yet.
    ///
    /// `keeperIdleLimit` is how long a keeper without clients and attempts lives on. Defaults to a minute.
    /// `controlGroup` is the folder of the cgroup tree for attempts with limits; nil: the one that systemd delegated.
    /// `user` is whose keeper and commands they are, which only root may say; nil: our own. `measure` is told with the
    /// host's load; whoever made it runs it.
    package init(
        name: String,
        stateDirectory: String,
        keeperExecutable: String,
        keeperIdleLimit: Duration = .seconds(60),
        controlGroup: String? = nil,
        user: LocalUser? = nil,
        measure: HostMeasure? = nil
    ) {
        self.measure = measure
        self.name = name
        state = StateDirectory(path: stateDirectory)
        link = LocalKeeperLink(
            launch: LocalKeeperLaunch(
                runner: name,
                state: state,
                executable: keeperExecutable,
                idleLimit: keeperIdleLimit,
                controlGroup: controlGroup,
                user: user
            )
        )
    }

    deinit {
        link.stop()
    }

    package func reply(to question: KeeperRequest) async throws(RunnerError) -> KeeperReply {
        try await link.ask(question)
    }

    package func events() -> AsyncThrowingStream<RunnerEvent, any Error> {
        link.events()
    }

    package func readLog(_ id: AttemptID, from offset: Int64, limit: Int) async throws(RunnerError) -> LogSlice {
        try read { files throws(AttemptFiles.Failure) in
            let (start, bytes, end) = try files.log(of: id, from: offset, limit: limit)
            return LogSlice(bytes: bytes, end: end, start: start == offset ? nil : start)
        }
    }

    package func readOutput(_ id: AttemptID) async throws(RunnerError) -> [UInt8] {
        try read { files throws(AttemptFiles.Failure) in try files.output(of: id) }
    }

    package func load() async -> RunnerLoad? {
        var load = HostLoad.now()
        load.measure = measure?.value
        return load
    }

    /// Asks the keeper to end once its last attempt has ended; the next call starts another one beside it.
    package func retireKeeper() async throws(RunnerError) {
        try await expectDone(.retire)
    }

    private func read<Part>(
        _ body: (AttemptFiles) throws(AttemptFiles.Failure) -> Part
    ) throws(RunnerError) -> Part {
        do throws(AttemptFiles.Failure) {
            return try body(AttemptFiles(state: state))
        } catch {
            switch error {
            case .unknownAttempt(let id): throw .unknownAttempt(runner: name, id: "\(id)")
            case .notNow(let reason): throw .unreachable(runner: name, reason: reason)
            case .unreadable(let reason): throw .unable(runner: name, reason: reason)
            }
        }
    }
}
