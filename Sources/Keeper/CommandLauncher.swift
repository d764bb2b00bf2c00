import AttemptProtocol
import Core
import Glibc

/// Starts commands by posix_spawn, each in a session of its own, with nothing of the keeper's but log and lock.
struct CommandLauncher {
    private let state: StateDirectory
    private let groups: ControlGroups?
    private let environment = CommandEnvironment()
    private var defaultShell: [String]?
    private var programs: [String: String] = [:]

    /// The log once more, by which a command that closes its output holds the lock: out of the way of what scripts use.
    static let lockDescriptor: Int32 = 97

    /// What came of an attempt to start.
    enum Outcome {
        /// It runs as this process.
        case started(Int32)
        /// Its disk is full, so nothing was started; the sentence says so.
        case diskFull(String)
        /// It could not be started; the sentence says why.
        case failed(String)
    }

    init(state: StateDirectory, groups: ControlGroups?) {
        self.state = state
        self.groups = groups
    }

    /// Starts the command of an order whose folder is made.
    mutating func start(_ order: StartOrder, _ plan: LimitPlan) -> Outcome {
        let variables = environment.variables(for: order, in: state)
        let path = variables.first { $0.name == "PATH" }?.value ?? ""
        let shell = order.shell.isEmpty ? findDefaultShell(path: path) : order.shell
        let folder = order.workingDirectory ?? state.attempt(order.id)
        guard let program = find(shell[0], path: path, folder: folder) else {
            return .failed("there is no program '\(shell[0])' in PATH, which is \(path)")
        }
        if let fault = fault(ofFolder: folder) { return .failed(fault) }
        var words = shell + [state.script(order.id)]
        if !plan.isEmpty {
            words = LimitedCommand.words(
                group: plan.hasGroup ? groups?.path(order.id) : nil,
                memory: plan.addressSpace,
                program: program,
                words
            )
        }
        let settings = variables.map { "\($0.name)=\($0.value)" }
        do throws(SystemFailure) {
            if plan.hasGroup { try groups?.make(order.id, order.limits) }
            let log = try Descriptor(path: state.log(order.id), flags: O_WRONLY | O_APPEND | O_CREAT)
            guard flock(log.number, LOCK_EX | LOCK_NB) == 0 else {
                return .failed("the lock on its log is held by another process")
            }
            ProcessTag.put(ProcessTag.value(for: order.id))
            var process: Int32 = 0
            let code = spawn(
                &process,
                plan.isEmpty ? program : "/proc/self/exe",
                words: words,
                environment: settings,
                folder: folder,
                log: log.number
            )
            guard code == 0 else {
                programs.removeAll()
                return .failed(sentence(code, program: program, folder: folder))
            }
            return .started(process)
        } catch {
            return error.isLackOfSpace ? .diskFull("\(error)") : .failed("\(error)")
        }
    }

    private func fault(ofFolder folder: String) -> String? {
        var facts = stat()
        guard unsafe stat(folder, &facts) == 0 else {
            return "the working directory \(folder) cannot be used: \(SystemFailure.words(errno))"
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else { return "the working directory \(folder) is not a directory" }
        guard unsafe access(folder, X_OK) == 0 else {
            return "the working directory \(folder) cannot be used: \(SystemFailure.words(errno))"
        }
        return nil
    }

    private func sentence(_ code: Int32, program: String, folder: String) -> String {
        switch code {
        case E2BIG: "its environment variables are together larger than this host allows"
        case EAGAIN: "this host allows no more processes: \(SystemFailure.words(code))"
        default: "\(program) cannot be started in \(folder): \(SystemFailure.words(code))"
        }
    }

    private mutating func findDefaultShell(path: String) -> [String] {
        if find("bash", path: path, folder: "/") != nil { return ["bash", "-eo", "pipefail"] }
        if let defaultShell { return defaultShell }
        let shell = shellHasPipefail(path: path) ? ["sh", "-eo", "pipefail"] : ["sh", "-e"]
        defaultShell = shell
        return shell
    }

    private mutating func shellHasPipefail(path: String) -> Bool {
        guard let program = find("sh", path: path, folder: "/") else { return false }
        ProcessTag.clear()
        var process: Int32 = 0
        let words = ["sh", "-o", "pipefail", "-c", ":"]
        guard spawn(&process, program, words: words, environment: [], folder: "/", log: nil) == 0 else {
            return false
        }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status == 0
    }

    private mutating func find(_ program: String, path: String, folder: String) -> String? {
        if program.contains("/") { return program.hasPrefix("/") ? program : "\(folder)/\(program)" }
        let key = "\(program)\0\(path)"
        if let known = programs[key], unsafe access(known, X_OK) == 0 { return known }
        for place in path.split(separator: ":") {
            let candidate = "\(place)/\(program)"
            var facts = stat()
            guard unsafe stat(candidate, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
                unsafe access(candidate, X_OK) == 0
            else { continue }
            if programs.count > 1000 { programs.removeAll() }
            programs[key] = candidate
            return candidate
        }
        return nil
    }

    private func spawn(
        _ process: inout Int32,
        _ program: String,
        words: [String],
        environment: [String],
        folder: String,
        log: Int32?
    ) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for output: Int32 in [1, 2] {
            if let log {
                unsafe posix_spawn_file_actions_adddup2(&actions, log, output)
            } else {
                unsafe posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0)
            }
        }
        if let log {
            unsafe posix_spawn_file_actions_adddup2(&actions, log, CommandLauncher.lockDescriptor)
        }
        _ = unsafe posix_spawn_file_actions_addclosefrom_np(&actions, CommandLauncher.lockDescriptor + 1)
        _ = unsafe posix_spawn_file_actions_addchdir_np(&actions, folder)
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        // The keeper ignores these; all others it was started with at their defaults.
        for ignored in Startup.ignoredSignals { unsafe sigaddset(&signals, ignored) }
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | Linux.spawnInNewSession
        unsafe posix_spawnattr_setflags(&attributes, flags)
        return unsafe CStrings.with(words) { words in
            unsafe CStrings.with(environment) { environment in
                unsafe posix_spawn(&process, program, &actions, &attributes, words, environment)
            }
        }
    }
}
