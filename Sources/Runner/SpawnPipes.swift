import AttemptProtocol
import Glibc

/// The streams of one child process, both ends; the near ones do not block.
///
/// They are socket pairs: unlike a pipe, a socket can be made close-on-exec at once, so that no other child gets it,
/// and written to without SIGPIPE.
struct SpawnPipes: Sendable {
    /// Our ends; nil once closed.
    private(set) var input: Int32?
    private(set) var output: Int32?
    private(set) var error: Int32?
    /// Wakes the thread that serves the streams; closed by whoever owns that thread.
    let wakeUpReader: Int32
    let wakeUpWriter: Int32
    private let farInput: Int32
    private let farOutput: Int32
    private let farError: Int32

    init() throws(SpawnError) {
        var made: [Int32] = []
        for _ in 0..<4 {
            var ends: [Int32] = [-1, -1]
            guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
                let number = errno
                for descriptor in made { close(descriptor) }
                throw SpawnError.failed(call: "socketpair", number: number)
            }
            made += ends
        }
        (farInput, farOutput, farError) = (made[0], made[3], made[5])
        (input, output, error) = (made[1], made[2], made[4])
        (wakeUpReader, wakeUpWriter) = (made[6], made[7])
        for descriptor in [made[1], made[2], made[4], made[6], made[7]] {
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        }
    }

    /// Whether the child's streams may still hold something.
    var hasUnreadOutput: Bool { output != nil || error != nil }

    /// Starts the program; answers the error number, 0 if none, and the process.
    func spawn(_ executable: String, arguments: [String], environment: [String]) -> (Int32, Int32) {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, farInput, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, farOutput, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, farError, 2)
        _ = unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        let flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | Linux.spawnInNewSession
        unsafe posix_spawnattr_setflags(&attributes, flags)
        var signals = sigset_t()
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)

        var words: [UnsafeMutablePointer<CChar>?] = unsafe ([executable] + arguments).map { unsafe strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer {
            for index in unsafe words.indices { unsafe free(words[index]) }
            for index in unsafe variables.indices { unsafe free(variables[index]) }
        }
        var processID: Int32 = 0
        let number = unsafe posix_spawn(&processID, executable, &actions, &attributes, &words, &variables)
        return (number, processID)
    }

    func closeFarEnds() {
        for descriptor in [farInput, farOutput, farError] { close(descriptor) }
    }

    func closeNearEnds() {
        for descriptor in [input, output, error] {
            if let descriptor { close(descriptor) }
        }
    }

    mutating func closeInput() {
        if let input { close(input) }
        input = nil
    }

    /// Writes what fits from an index on, and says how much that was; closes the stream if nobody reads it any more.
    mutating func writeInput(_ bytes: [UInt8], from start: Int) -> Int {
        guard let input else { return 0 }
        var written = start
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe send(
                    input,
                    buffer.baseAddress.map { unsafe $0 + written },
                    bytes.count - written,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count > 0 {
                written += count
            } else if errno == EAGAIN {
                break
            } else if errno != EINTR {
                closeInput()
                break
            }
        }
        return written - start
    }

    /// What there is to read of the output, at most 64 KiB; nil if there is nothing.
    mutating func readOutput() -> [UInt8]? { Self.read(&output) }

    /// What there is to read of the error stream, at most 64 KiB; nil if there is nothing.
    mutating func readErrorOutput() -> [UInt8]? { Self.read(&error) }

    private static func read(_ stream: inout Int32?) -> [UInt8]? {
        guard let descriptor = stream else { return nil }
        var result = 0
        var number: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            result = unsafe Glibc.read(descriptor, buffer.baseAddress, 65_536)
            number = errno
            count = max(0, result)
        }
        guard result <= 0 else { return bytes }
        if result == 0 || (number != EAGAIN && number != EINTR) {
            close(descriptor)
            stream = nil
        }
        return nil
    }
}
