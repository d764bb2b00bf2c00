package import AttemptProtocol
package import Core
import Glibc

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

    /// What a command may write to `ROTA_OUTPUT`, and one byte that tells that it wrote more.
    private static let outputLimit = 1 << 20 + 1

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
        guard let file = try open(state.log(id), of: id) else { return LogSlice(bytes: [], end: 0) }
        do throws(SystemFailure) {
            let (start, bytes, end) = try TrimmedLog.read(file, from: offset, limit: limit)
            return LogSlice(bytes: bytes, end: end, start: start == offset ? nil : start)
        } catch {
            throw .unable(runner: name, reason: "the log of attempt \(id) cannot be read: \(error)")
        }
    }

    package func readOutput(_ id: AttemptID) async throws(RunnerError) -> [UInt8] {
        guard let file = try open(state.output(id), of: id) else { return [] }
        do throws(SystemFailure) {
            return try file.read(from: 0, limit: min(LocalRunner.outputLimit, Int(file.length)))
        } catch {
            throw .unable(runner: name, reason: "the output of attempt \(id) cannot be read: \(error)")
        }
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

    /// Opens one of an attempt's files; nil where the attempt is there and the file is not.
    private func open(_ path: String, of id: AttemptID) throws(RunnerError) -> Descriptor? {
        do throws(SystemFailure) {
            // A command may put anything in its output's place; a pipe there must not keep us waiting.
            let file = try Descriptor(path: path, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
            guard FileFacts(descriptor: file.number)?.isRegular == true else {
                throw SystemFailure("read as a file", path, code: EINVAL)
            }
            return file
        } catch {
            guard error.code == ENOENT else { throw .unable(runner: name, reason: "\(error)") }
        }
        if unsafe access(state.attempt(id), F_OK) == 0 { return nil }
        throw .unknownAttempt(runner: name, id: "\(id)")
    }
}
