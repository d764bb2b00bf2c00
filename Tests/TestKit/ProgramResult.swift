import Glibc

/// How a program ended and all that it wrote.
package struct ProgramResult: Sendable, CustomStringConvertible {
    package let name: String
    let waitStatus: Int32
    package let output: [UInt8]
    package let errorOutput: [UInt8]

    /// Its exit code; nil where a signal ended it.
    package var exitCode: Int32? { waitStatus & 0x7F == 0 ? (waitStatus >> 8) & 0xFF : nil }

    /// The signal that ended it.
    package var signal: Int32? { exitCode == nil ? waitStatus & 0x7F : nil }

    package var text: String { String(decoding: output, as: UTF8.self) }

    package var errorText: String { String(decoding: errorOutput, as: UTF8.self) }

    /// All of it, so that a failed expectation explains itself.
    package var description: String {
        let end = exitCode.map { "exit code \($0)" } ?? "signal \(waitStatus & 0x7F)"
        return "\(name): \(end)\n--- standard output\n\(Self.shortened(text))--- standard error\n"
            + Self.shortened(errorText)
    }

    private static func shortened(_ text: String) -> String {
        let end = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
        return text.utf8.count <= 4_000 ? text + end : "\(text.prefix(4_000))... (\(text.utf8.count) bytes)\n"
    }
}

/// Why a program could not do what a test asked of it.
package enum ProgramError: Error, CustomStringConvertible {
    case notStarted(what: String, errno: Int32)
    /// It ended before it said what was waited for.
    case ended(ProgramResult)
    case tookTooLong(TooLate, errorOutput: String)

    package var description: String {
        switch self {
        case .notStarted(let what, let errno):
            unsafe "\(what): \(String(cString: strerror(errno)))"
        case .ended(let result): "It ended too early. \(result)"
        case .tookTooLong(let late, let errorOutput): "\(late)\n--- standard error\n\(errorOutput)"
        }
    }
}
