import AttemptProtocol
import Core
import Glibc

/// Starts a keeper, detached, with an environment that holds nothing of ours.
struct LocalKeeperLaunch: Sendable {
    let runner: String
    let state: StateDirectory
    let executable: String
    let idleLimit: Duration
    /// Where attempts with limits get groups of their own; nil: where the keeper finds a folder for that.
    let controlGroup: String?
    /// Whose keeper it is; nil: our own.
    let user: LocalUser?

    /// Part of util-linux, which every Debian has.
    private static let setpriv = "/usr/bin/setpriv"

    /// Starts it and waits until it serves.
    func start() throws(KeeperDoor.Failure) {
        try handOver()
        var pipe: [Int32] = [0, 0]
        guard unsafe pipe2(&pipe, O_CLOEXEC) == 0 else { throw failed("\(SystemFailure("make", "a pipe"))") }
        let reading = Descriptor(owning: pipe[0])
        var process: Int32 = 0
        let code = spawn(&process, standardError: pipe[1])
        close(pipe[1])
        guard code == 0 else {
            throw failed(
                code == ENOENT
                    ? "there is no program \(executable), which belongs beside rota; install it there"
                    : "\(executable) cannot be started: \(SystemFailure.words(code))"
            )
        }
        let said = readToEnd(reading.number)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
        guard status == 0 else {
            throw failed(said.isEmpty ? "its keeper ended at once; \(state.logFile) may say why" : said)
        }
    }

    /// Makes the state directory the user's own, whose keeper writes there.
    private func handOver() throws(KeeperDoor.Failure) {
        guard let user else { return }
        guard unsafe mkdir(state.path, 0o700) == 0 || errno == EEXIST,
            unsafe chown(state.path, user.number, user.group) == 0
        else { throw failed("\(state.path) cannot be given to \(user.name): \(SystemFailure.words(errno))") }
    }

    private func failed(_ reason: String) -> KeeperDoor.Failure { .unable(reason) }

    private func readToEnd(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1024)
        while bytes.count < 4096 {
            let got = unsafe read(descriptor, &buffer, buffer.count)
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else { break }
            bytes += buffer[..<got]
        }
        return String(decoding: bytes.split(separator: UInt8(ascii: "\n")).last ?? [], as: UTF8.self)
    }

    private func spawn(_ process: inout Int32, standardError: Int32) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, standardError, 2)
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        _ = unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        // Ctrl-C in the moment of the start would otherwise end it with us.
        let flags = Int16(POSIX_SPAWN_SETSIGMASK) | Linux.spawnInNewSession
        unsafe posix_spawnattr_setflags(&attributes, flags)
        let options =
            ["--state", state.path, "--idle", String(idleLimit.components.seconds)]
            + (controlGroup.map { ["--cgroup", $0] } ?? [])
        let words = user?.words(for: [executable] + options) ?? ["rota-keeper"] + options
        let program = user == nil ? executable : Self.setpriv
        return unsafe CStrings.with(words) { words in
            unsafe CStrings.with(LocalUser.environment(of: user)) { environment in
                unsafe posix_spawn(&process, program, &actions, &attributes, words, environment)
            }
        }
    }
}
