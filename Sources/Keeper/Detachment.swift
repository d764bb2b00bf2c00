import AttemptProtocol
import Core
import Glibc

/// Starts the serving process so that nothing of its starter's, neither terminal nor session nor parent, reaches it.
enum Detachment {
    /// The descriptor at which the serving process finds the pipe to say that it is ready.
    private static let readyNumber: Int32 = 3

    /// Starts it and waits until it serves or has said why it cannot; the exit code for the starter.
    static func start(_ arguments: Arguments) -> Int32 {
        guard let problem = problem(starting: arguments) else { return 0 }
        let line = Array("rota-keeper: \(problem)\n".utf8)
        _ = unsafe write(2, line, line.count)
        return 1
    }

    /// Starts it and waits until it serves; nil then, else why it cannot.
    static func problem(starting arguments: Arguments) -> String? {
        var pipe: [Int32] = [0, 0]
        guard unsafe pipe2(&pipe, O_CLOEXEC) == 0 else { return "\(SystemFailure("make", "a pipe"))" }
        let reading = Descriptor(owning: pipe[0])
        var process: Int32 = 0
        let code = spawn(&process, arguments, ready: pipe[1])
        close(pipe[1])
        guard code == 0 else { return "the keeper could not be started: \(SystemFailure.words(code))" }
        var said: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1024)
        while true {
            let got = unsafe read(reading.number, &buffer, buffer.count)
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else { break }
            said += buffer[..<got]
            if said.first == 0 { return nil }
        }
        let sentence = String(decoding: said, as: UTF8.self)
        return sentence.isEmpty ? "the keeper ended at once; its log may say why" : sentence
    }

    /// Tells the starter that the process serves, or why it cannot.
    static func report(_ sentence: String?, to descriptor: Int32?) {
        guard let descriptor else { return }
        let bytes = sentence.map { Array($0.utf8) } ?? [0]
        _ = unsafe write(descriptor, bytes, bytes.count)
        close(descriptor)
    }

    private static func spawn(_ process: inout Int32, _ arguments: Arguments, ready: Int32) -> Int32 {
        let state = StateDirectory(path: arguments.state)
        do throws(SystemFailure) {
            _ = try state.prepare()
        } catch {
            return error.code
        }
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, ready, readyNumber)
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, state.logFile, O_WRONLY | O_APPEND | O_CREAT, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        _ = unsafe posix_spawn_file_actions_addclosefrom_np(&actions, readyNumber + 1)
        // Not in the folder it was started from, which somebody may want to unmount.
        _ = unsafe posix_spawn_file_actions_addchdir_np(&actions, "/")
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | Linux.spawnInNewSession
        unsafe posix_spawnattr_setflags(&attributes, flags)
        let words =
            [
                "rota-keeper", "--state", arguments.state, "--idle", String(arguments.idle.components.seconds),
                "--foreground", "--ready-descriptor", String(readyNumber),
            ] + (arguments.controlGroup.map { ["--cgroup", $0] } ?? [])
        return unsafe CStrings.with(words) { words in
            unsafe posix_spawn(&process, "/proc/self/exe", &actions, &attributes, words, environ)
        }
    }
}
