import ArgumentParser
import Core
import Glibc

extension AsyncParsableCommand {
    /// Parses the command line, runs the command, and ends the program with one of `ExitStatus`.
    static func launch(_ arguments: [String]? = nil) async -> Never {
        endQuietlyOnInterrupt()
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            Glibc.exit(ExitStatus.done.rawValue)
        } catch {
            let status = report(error, asJSON: (arguments ?? given).prefix { $0 != "--" }.contains("--json"))
            if status == ExitStatus.misuse.rawValue, let hint = CommandSpelling.hint(arguments ?? given, of: Self.self)
            {
                Terminal.messages.line(hint)
            }
            Glibc.exit(status)
        }
    }

    /// What stands on the command line behind the program's name.
    private static var given: [String] { Array(CommandLine.arguments.dropFirst()) }

    /// Writes what went wrong, or what was asked for, to where it belongs, and tells the status to end with.
    ///
    /// `asJSON`: Programs that asked for a document get one about wrong use as well.
    static func report(_ error: any Error, asJSON: Bool = false) -> Int32 {
        if let failure = error as? any CommandFailure {
            Terminal.messages.line("rota: \(failure.description)")
            return failure.status.rawValue
        }
        if let silent = error as? SilentExit { return silent.status.rawValue }
        if let code = error as? ExitCode { return code.rawValue }
        let code = exitCode(for: error)
        guard code != .success else {
            // Help, the version and completion scripts are results, not errors.
            Terminal.output.line(fullMessage(for: error))
            return ExitStatus.done.rawValue
        }
        guard code == .validationFailure else {
            Terminal.messages.line("rota: \(error)")
            return ExitStatus.bug.rawValue
        }
        if asJSON {
            let sentence = message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
            Terminal.output.line(ErrorDocument(kind: "usage", message: sentence).json.description)
        }
        Terminal.messages.line(fullMessage(for: error))
        return ExitStatus.misuse.rawValue
    }

    /// Leaves as a shell expects of an interrupted command; whatever the server does goes on.
    private static func endQuietlyOnInterrupt() {
        signal(SIGINT) { _ in _exit(ExitStatus.interrupted.rawValue) }
    }
}

/// Ends a command that has said all it had to say.
struct SilentExit: Error {
    var status: ExitStatus
}
