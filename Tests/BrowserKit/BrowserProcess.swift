import Glibc
import TestKit

/// The browser's process and the two pipes by which it is spoken to: it reads commands from its descriptor 3 and
/// writes answers to 4, each ended by a zero byte.
///
/// It ends when its pipe does, so it cannot outlive the tests, however these end; the shell around it then removes
/// its profile.
struct BrowserProcess: Sendable {
    let processID: Int32
    /// Where commands are written.
    let input: Int32
    /// Where answers are read.
    let output: Int32
    /// The folder of its profile and of what it wrote to its standard error.
    let folder: String

    private static let script = """
        folder=$1; shift
        HOME=$folder "$@" >"$folder/log" 2>&1
        rm -rf "$folder"
        """

    /// It opens nothing but pages of the tests' own, and hosts without user namespaces have no sandbox to offer.
    private static let arguments = [
        "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--hide-scrollbars", "--mute-audio", "--no-first-run", "--disable-background-networking",
        "--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--force-color-profile=srgb",
        "--disable-backgrounding-occluded-windows", "--disable-features=Translate,BackForwardCache",
        "--lang=en-GB", "about:blank",
    ]

    /// Starts the browser with a profile of its own.
    init() throws {
        let program = try Self.program()
        var template = Array("/tmp/rota-browser-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw BrowserError.notStarted(errno: errno) }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let toBrowser = try Self.makePipe()
        let fromBrowser = try Self.makePipe()
        input = toBrowser.writing
        output = fromBrowser.reading
        let command = ["/bin/sh", "-c", Self.script, "browser", folder, program]
        processID = try Self.spawn(
            command + ["--user-data-dir=\(folder)/profile"] + Self.arguments,
            reading: toBrowser.reading,
            writing: fromBrowser.writing
        )
        close(toBrowser.reading)
        close(fromBrowser.writing)
    }

    /// What it wrote to its standard error.
    var log: String {
        guard let stream = unsafe fopen("\(folder)/log", "r") else { return "" }
        defer { unsafe fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe fread(&bytes, 1, bytes.count, stream)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Ends it, and waits until it has.
    func end() {
        close(input)
        var status: Int32 = 0
        _ = unsafe waitpid(processID, &status, 0)
    }

    private static func program() throws -> String {
        let names = ["chromium-headless-shell", "chrome-headless-shell", "chromium", "google-chrome"]
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin"
        for name in names {
            for folder in path.split(separator: ":") where unsafe access("\(folder)/\(name)", X_OK) == 0 {
                return "\(folder)/\(name)"
            }
        }
        throw BrowserError.notInstalled
    }

    /// Both ends have high numbers, so that none is in the way of 3 and 4, and are closed on exec.
    private static func makePipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw BrowserError.notStarted(errno: errno) }
        let high = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
        for end in ends { close(end) }
        guard high.allSatisfy({ $0 >= 0 }) else { throw BrowserError.notStarted(errno: errno) }
        return (high[0], high[1])
    }

    private static func spawn(_ arguments: [String], reading: Int32, writing: Int32) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, reading, 3)
        unsafe posix_spawn_file_actions_adddup2(&actions, writing, 4)
        _ = unsafe addCloseFrom(&actions, 5)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // Threads of Swift's concurrency block nearly all signals, and a child would inherit that.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        // POSIX_SPAWN_SETSID, which glibc's header hides from Swift: the end of its pipe ends it, not Ctrl-C.
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | 0x80)

        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var process: pid_t = 0
        let status = unsafe posix_spawn(&process, arguments[0], &actions, &attributes, &words, environ)
        guard status == 0 else { throw BrowserError.notStarted(errno: status) }
        return process
    }
}
