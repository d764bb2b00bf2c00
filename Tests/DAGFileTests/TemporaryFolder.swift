import Glibc

/// A folder that is gone, with everything in it, when the test is.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/rota-dags-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw Failure(what: "mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        run("rm -rf \"$1\"")
    }

    struct Failure: Error {
        var what: String
    }

    /// Writes a file, and the folders above it.
    func write(_ name: String, _ text: String = "tasks: {a: }\n") throws {
        if let slash = name.lastIndex(of: "/") { run("mkdir -p \"$1/\(name[..<slash])\"") }
        let descriptor = unsafe open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure(what: "open") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure(what: "write") }
    }

    /// Runs a shell command with the folder as `$1`; its exit status.
    @discardableResult
    func run(_ script: String) -> Int32 {
        runProgram(["/bin/bash", "-c", script, "bash", path], environment: ["PATH=/usr/bin:/bin"])
    }
}

/// Runs a program to its end, with its output thrown away unless a file is named; its exit code, or 128 and the signal.
func runProgram(_ arguments: [String], environment: [String], output: String = "/dev/null") -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer {
        for index in unsafe words.indices { unsafe free(words[index]) }
        for index in unsafe variables.indices { unsafe free(variables[index]) }
    }
    var child = pid_t()
    guard unsafe posix_spawn(&child, arguments[0], &actions, nil, &words, &variables) == 0 else { return -1 }
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
}
