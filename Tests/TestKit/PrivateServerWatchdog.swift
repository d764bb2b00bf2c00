import Glibc
import Synchronization

/// A process that owns a server of the tests and ends it when this process is gone.
package final class Watchdog: Sendable {
    /// The watchdog of the private server, which is told at exit.
    static let current = Mutex<Watchdog?>(nil)

    private let process: pid_t
    /// Its standard input: it works until this end is closed, by us or by our death.
    private let input: Int32
    private let output: Int32

    /// Runs a command in a session of its own, which Ctrl-C on the terminal does not reach.
    package init(arguments: [String]) throws {
        let toChild = try Self.makePipe()
        let fromChild = try Self.makePipe()
        input = toChild.writing
        output = fromChild.reading
        process = try Self.spawn(arguments, input: toChild.reading, output: fromChild.writing)
        close(toChild.reading)
        close(fromChild.writing)
    }

    /// The first line that the command prints; nil when it ends without one.
    package func readLine() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(output, &byte, 1) == 1 {
            guard byte != UInt8(ascii: "\n") else { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    /// Gives the command a line of input.
    package func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(input, bytes, bytes.count)
    }

    /// Tells the command to end, and waits until it has.
    package func end() {
        close(input)
        var status: Int32 = 0
        _ = unsafe waitpid(process, &status, 0)
    }

    /// Both ends are closed on exec, so that no other child keeps the pipe open.
    private static func makePipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw PrivateServerError.notSpawned(errno: errno) }
        return (ends[0], ends[1])
    }

    private static func spawn(_ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        // The server lives as long as the tests: whoever waits for the end of a pipe that it inherited waits for ever.
        _ = unsafe addCloseFrom(&actions, STDERR_FILENO + 1)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // Threads of Swift's concurrency block nearly all signals, and a child would inherit that.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        // POSIX_SPAWN_SETSID, which glibc's header hides from Swift.
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | 0x80)

        var words = unsafe arguments.map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var process: pid_t = 0
        let status = unsafe posix_spawn(&process, arguments[0], &actions, &attributes, words, environ)
        guard status == 0 else { throw PrivateServerError.notSpawned(errno: status) }
        return process
    }
}
