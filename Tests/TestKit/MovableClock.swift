import Glibc

/// A clock that a test moves, for programs that are started with its environment; built on libfaketime.
///
/// It is as far from the real one as was said last, for all of its programs at once. The clocks that count since the
/// start of the machine go on as ever. Not for programs in Swift, whose sleep is a timer of such a clock: libfaketime
/// takes every absolute timer for one of the wall clock.
package struct MovableClock: Sendable {
    private let file: String
    private let library: String

    /// Makes a clock whose state is in a file of the test's own.
    package init(file: String) throws(MovableClockError) {
        guard let library = Self.library else { throw .noLibrary }
        self.file = file
        self.library = library
        try set(offset: 0)
    }

    /// What a program needs in its environment.
    package var environment: [String: String] {
        [
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        ]
    }

    /// Sets it to an instant, in seconds since 1970, from which it goes on at its usual pace.
    package func set(to seconds: Int) throws(MovableClockError) {
        try set(offset: seconds - time(nil))
    }

    private func set(offset: Int) throws(MovableClockError) {
        // Renamed into place, so that nobody reads half a number.
        let draft = file + ".draft"
        let text = Array("\(offset < 0 ? "" : "+")\(offset)\n".utf8)
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .notSet(errno: errno) }
        defer { close(descriptor) }
        guard unsafe write(descriptor, text, text.count) == text.count, unsafe rename(draft, file) == 0 else {
            throw .notSet(errno: errno)
        }
    }

    /// Where Debian puts it, whatever the processor.
    private static let library: String? = {
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        guard unsafe glob("/usr/lib/*/faketime/libfaketimeMT.so.1", 0, nil, &found) == 0 else { return nil }
        return unsafe found.gl_pathv[0].map { unsafe String(cString: $0) }
    }()
}

/// Why a clock cannot be moved.
package enum MovableClockError: Error, CustomStringConvertible {
    case noLibrary
    case notSet(errno: Int32)

    package var description: String {
        switch self {
        case .noLibrary: "libfaketime is nowhere to be found. Install the package libfaketime"
        case .notSet(let errno): "the file of the clock cannot be written: error \(errno)"
        }
    }
}
