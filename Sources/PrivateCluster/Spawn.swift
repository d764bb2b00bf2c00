import Glibc

/// A program to run apart from rota: in its own session, from the root folder, with nothing of rota's but its output.
///
/// Goes through posix_spawn, which costs the same however large rota has grown. The session keeps a terminal's Ctrl-C
/// away; signals are reset, because rota's own handling must not be inherited.
struct Spawn {
    let program: String
    let arguments: [String]
    /// Whom to run as when rota is root; nobody else can change users, so otherwise it has no effect.
    let user: ClusterUser

    /// How a program that was waited for ended, and what it said on both outputs.
    struct Outcome {
        let succeeded: Bool
        let output: String
    }

    /// Starts the program with both outputs on `output` and returns its process at once.
    ///
    /// The caller reaps it. `env` and `setpriv` replace themselves by the program, so the process is the program's.
    func start(input: Int32, output: Int32) throws(PrivateClusterError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        // Whoever started rota may have left descriptors open to it, such as a pipe whose end it waits for.
        for descriptor in Self.openDescriptors() where descriptor > STDERR_FILENO {
            unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        // glibc's POSIX_SPAWN_SETSID, which its headers show to GNU C only.
        let newSession: Int32 = 0x80
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(newSession | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK))
        )

        var process: pid_t = 0
        let code = unsafe Self.withCStrings(command) { command in
            unsafe Self.withCStrings(Self.environment()) { environment in
                unsafe posix_spawn(&process, Self.launcher, &actions, &attributes, command, environment)
            }
        }
        guard code == 0 else { throw .programFailure(program: program, code: code) }
        return process
    }

    /// Runs the program to its end.
    ///
    /// The input has to fit into a pipe (64 KiB). Of the output, the first 256 KiB are kept.
    func run(input text: String = "") throws(PrivateClusterError) -> Outcome {
        let input = try Pipe(for: program)
        let output = try Pipe(for: program)
        input.write(text)
        let process: pid_t
        do throws(PrivateClusterError) {
            input.closeWriting()
            process = try start(input: input.reading, output: output.writing)
        } catch {
            input.closeReading()
            output.closeReading()
            output.closeWriting()
            throw error
        }
        input.closeReading()
        output.closeWriting()
        let said = output.readToEnd(keeping: 256 * 1024)
        output.closeReading()
        return Outcome(succeeded: Self.wait(for: process) == 0, output: said)
    }

    /// Waits for a child and returns its wait status: 0 when it ended well.
    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = -1
        while unsafe waitpid(process, &status, 0) == -1, errno == EINTR {}
        return status
    }

    private static let launcher = "/usr/bin/env"

    private var command: [String] {
        // A folder that the user cannot enter must not be inherited: PostgreSQL's programs insist on returning to it.
        var command = ["env", "-C", "/"]
        if ClusterUser.isRoot, user.id != 0 {
            command += ["setpriv", "--reuid=\(user.id)", "--regid=\(user.group)", "--init-groups"]
        }
        return command + [program] + arguments
    }

    /// What PostgreSQL needs and no more: rota's environment may hold secrets, and PG* would change what it does.
    private static func environment() -> [String] {
        var environment = ["LC_ALL=C.UTF-8"]
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            if let value = unsafe getenv(name) { unsafe environment.append("\(name)=\(String(cString: value))") }
        }
        return environment
    }

    private static func openDescriptors() -> [Int32] {
        Folder.names(in: "/proc/self/fd").compactMap { Int32($0) }
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
        unsafe copies.initialize(repeating: nil)
        for (index, string) in strings.enumerated() { unsafe copies[index] = strdup(string) }
        defer {
            for index in strings.indices { unsafe free(copies[index]) }
            unsafe copies.deallocate()
        }
        // Allocated above with room for at least the terminator, so there is an address.
        guard let start = copies.baseAddress else { preconditionFailure("an allocated buffer has an address") }
        return unsafe body(start)
    }
}
