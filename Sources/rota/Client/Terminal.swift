import Glibc

/// One of the program's outputs: a terminal that a person reads, or a pipe or file that a program does.
struct Terminal: Sendable {
    private let descriptor: Int32
    /// Whether a person reads along.
    let isInteractive: Bool
    /// Whether colours are welcome.
    let hasColours: Bool
    /// How many columns there are; nil where lines may be of any length.
    let columns: Int?

    /// Standard output.
    static let output = Terminal(descriptor: STDOUT_FILENO)
    /// Standard error: for messages, which are no part of the result.
    static let messages = Terminal(descriptor: STDERR_FILENO)

    private init(descriptor: Int32, environment: ProcessEnvironment = .current) {
        self.descriptor = descriptor
        isInteractive = isatty(descriptor) == 1
        hasColours = isInteractive && environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"
        columns = isInteractive ? Terminal.width(descriptor, environment) : nil
    }

    private static func width(_ descriptor: Int32, _ environment: ProcessEnvironment) -> Int {
        var size = winsize()
        if unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment["COLUMNS"].flatMap { Int($0) } ?? 80
    }

    /// Writes text as it is.
    func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes a line.
    func line(_ text: String = "") { write(text + "\n") }

    /// Writes bytes as they are, all of them.
    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var wish = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&wish, 1, -1)
            } else if errno != EINTR {
                Terminal.endAfterFailedWrite()
            }
        }
    }

    /// Ends the program as other tools end when nobody reads their output any more, or when it cannot be written.
    private static func endAfterFailedWrite() -> Never {
        if errno == EPIPE {
            signal(SIGPIPE, SIG_DFL)
            raise(SIGPIPE)
        }
        exit(ExitStatus.failed.rawValue)
    }
}
