import Glibc

/// Wakes a thread that sleeps on a socket, so that it can end.
final class StopSignal: Sendable {
    /// A pair of sockets, since those can be made closed on exec; the reading end becomes readable once and stays so.
    private let readingEnd: Int32
    private let writingEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let status = unsafe socketpair(AF_UNIX, kind, 0, &ends)
        precondition(status == 0, "no pair of sockets: error \(errno); raise the limit on open files")
        readingEnd = ends[0]
        writingEnd = ends[1]
    }

    deinit {
        close(readingEnd)
        close(writingEnd)
    }

    func send() { _ = unsafe write(writingEnd, "!", 1) }

    var wasSent: Bool { !wait(atMost: .zero) }

    /// Sleeps for a time; returns false as soon as the signal is there.
    @discardableResult
    func wait(atMost limit: Duration) -> Bool { wait(for: -1, atMost: limit) }

    /// Sleeps until a socket has something to read or the time is over; returns false as soon as the signal is there.
    ///
    /// Without a limit it sleeps until one of the two happens.
    func wait(for socket: Int32, atMost limit: Duration?) -> Bool {
        let milliseconds = limit.map { Int32(clamping: Int64($0 / .milliseconds(1))) } ?? -1
        var descriptors = [
            pollfd(fd: readingEnd, events: Int16(POLLIN), revents: 0),
            // poll skips a negative descriptor.
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
        ]
        // An interrupted sleep counts as one that is over: callers look and sleep again.
        _ = unsafe poll(&descriptors, 2, milliseconds)
        return descriptors[0].revents == 0
    }
}
