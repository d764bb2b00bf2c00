import Glibc
import Synchronization

/// A program that a test started: what it has written so far, how it ended, and a way to signal it.
///
/// Its output goes to files that have no name, so that nobody has to read while it runs and nothing is left over. It
/// gets exactly the environment it is given, default signals, and stays in the tests' process group: Ctrl-C in a
/// terminal ends it with the tests.
package final class Program: Sendable {
    /// What it is, for sentences.
    package let name: String
    package let processID: Int32
    private let outputFile: Int32
    private let errorFile: Int32
    private let status = Mutex<Int32?>(nil)

    /// Starts a program; the arguments come after its own name.
    package init(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        folder: String = "/"
    ) throws(ProgramError) {
        name = ([executable.split(separator: "/").last.map(String.init) ?? executable] + arguments)
            .joined(separator: " ")
        outputFile = try Self.makeFile()
        errorFile = try Self.makeFile()
        let start = ProgramStart(executable: executable, arguments: arguments, environment: environment, folder: folder)
        processID = try start.spawn(output: outputFile, errorOutput: errorFile)
    }

    deinit {
        // A test that forgot it must not leave it behind.
        signal(SIGKILL)
        if status.withLock({ $0 }) == nil { _ = waitpid(processID, nil, 0) }
        close(outputFile)
        close(errorFile)
    }

    /// Runs a program to its end.
    package static func run(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        folder: String = "/",
        limit: Duration = .seconds(120)
    ) async throws -> ProgramResult {
        let program = try Program(executable, arguments, environment: environment, folder: folder)
        return try await program.result(limit: limit)
    }

    /// What it has written to its standard output.
    package var output: [UInt8] { Self.contents(of: outputFile) }

    /// What it has written to its standard error.
    package var errorOutput: [UInt8] { Self.contents(of: errorFile) }

    /// Whether it has ended.
    package var hasEnded: Bool { endStatus() != nil }

    /// Sends a signal, unless it has ended.
    package func signal(_ number: Int32) {
        // Under the lock its number cannot have been reaped, and so not be another process's.
        status.withLock { status in
            if status == nil { _ = kill(processID, number) }
        }
    }

    /// Waits until it has ended; after the limit it is killed, and that is an error.
    package func result(limit: Duration = .seconds(120)) async throws -> ProgramResult {
        let status = try await outcome(limit: limit)
        return ProgramResult(name: name, waitStatus: status, output: output, errorOutput: errorOutput)
    }

    /// Waits for a line of its standard output that begins so, and returns it; an error if it ends without one.
    package func line(startingWith prefix: String, limit: Duration = .seconds(120)) async throws -> String {
        let found = try await value(of: "'\(prefix)' from \(name)", limit: limit) {
            let ended = hasEnded
            let lines = String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            if let line = lines.dropLast().first(where: { $0.hasPrefix(prefix) }) { return String(line) }
            if ended { throw ProgramError.ended(try await result()) }
            return nil
        }
        return found
    }

    private func outcome(limit: Duration) async throws -> Int32 {
        do {
            return try await value(of: "the end of \(name)", limit: limit) { endStatus() }
        } catch let error as TooLate {
            signal(SIGKILL)
            throw ProgramError.tookTooLong(error, errorOutput: String(decoding: errorOutput, as: UTF8.self))
        }
    }

    private func endStatus() -> Int32? {
        status.withLock { known in
            if known != nil { return known }
            var status: Int32 = 0
            if unsafe waitpid(processID, &status, WNOHANG) == processID { known = status }
            return known
        }
    }

    // MARK: - Files

    private static let counter = Atomic<Int>(0)

    private static func makeFile() throws(ProgramError) -> Int32 {
        let path = "/tmp/rota-program-\(getpid())-\(counter.add(1, ordering: .relaxed).newValue)"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .notStarted(what: path, errno: errno) }
        unsafe unlink(path)
        return descriptor
    }

    private static func contents(of descriptor: Int32) -> [UInt8] {
        let size = lseek(descriptor, 0, SEEK_END)
        guard size > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let start = unsafe buffer.baseAddress.map { unsafe $0 + count }
                let read = unsafe pread(descriptor, start, size - count, count)
                guard read > 0 else { return }
                count += read
            }
        }
    }
}
