import Glibc

/// A program and how it is to be started.
struct Program: Sendable {
    var path: String
    var arguments: [String] = []
    /// Beside PATH, HOME and the like; nothing else of ours is handed on.
    var environment: [String] = []
    /// Whether it gets a session of its own, so that Ctrl-C does not reach it.
    var isDetached = false

    init(_ path: String, _ arguments: [String] = [], isDetached: Bool = false) {
        self.path = path
        self.arguments = arguments
        self.isDetached = isDetached
    }

    /// How its process ended.
    struct End: Sendable {
        /// As the shell has it: 128 and the signal for one that was killed.
        var status: Int32
        /// User and system time, its own children's included, in seconds.
        var processorTime: Double
    }

    /// Starts it; output goes to the descriptors, or nowhere.
    func start(output: Int32? = nil, error: Int32? = nil) throws(BenchFailure) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (number, target) in [(Int32(1), output), (2, error)] {
            if let target {
                unsafe posix_spawn_file_actions_adddup2(&actions, target, number)
            } else {
                unsafe posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0)
            }
        }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        // We ignore it, and a child would inherit that.
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        // POSIX_SPAWN_SETSID, which Swift does not see.
        let session: Int32 = isDetached ? 0x80 : 0
        let flags = Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | Int16(session)
        unsafe posix_spawnattr_setflags(&attributes, flags)
        var process: pid_t = 0
        let variables = Self.inherited + environment
        let code = unsafe Self.withCStrings([path] + arguments) { words in
            unsafe Self.withCStrings(variables) { settings in
                unsafe posix_spawn(&process, path, &actions, &attributes, words, settings)
            }
        }
        guard code == 0 else { throw .system(doing: "start \(path)", code: code) }
        return process
    }

    /// Runs it to its end.
    func run() throws(BenchFailure) -> End { try Self.wait(for: try start()) }

    /// Waits for a child, any child for -1, and collects it.
    static func wait(for process: pid_t) throws(BenchFailure) -> End {
        var status: Int32 = 0
        var usage = rusage()
        while unsafe wait4(process, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw .system(doing: "wait for a process", code: errno) }
        }
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        let fraction = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1_000_000
        let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
        return End(status: code, processorTime: seconds + fraction)
    }

    /// Whether a child has ended; it is collected then.
    static func hasEnded(_ process: pid_t) -> Bool { waitpid(process, nil, WNOHANG) != 0 }

    private static let inherited: [String] = {
        let names = ["PATH", "HOME", "USER", "SHELL", "TMPDIR", "TZ"]
        return names.compactMap { (name: String) -> String? in
            guard let value = unsafe getenv(name) else { return nil }
            return unsafe "\(name)=\(String(cString: value))"
        }
    }()

    private static func withCStrings<R>(
        _ texts: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> R
    ) -> R {
        var pointers = unsafe texts.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        return unsafe body(pointers)
    }
}

extension Program {
    /// Ends a process of ours as Ctrl-C would, and by force after 20 s.
    static func end(_ process: pid_t) async {
        kill(process, SIGINT)
        let due = ContinuousClock.now + .seconds(20)
        var isOver = hasEnded(process)
        while !isOver, .now < due {
            // Cancelled: the process is killed a little earlier.
            try? await Machine.pause(.milliseconds(10))
            isOver = hasEnded(process)
        }
        guard !isOver else { return }
        kill(process, SIGKILL)
        // Nothing else waits for it, so its end is certain.
        _ = try? wait(for: process)
    }
}
