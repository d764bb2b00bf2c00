import Glibc
import Postgres
import Synchronization

/// What is to be undone when the bench ends before its time.
enum Cleanup {
    private static let pending = Mutex<[(id: Int, body: @Sendable () -> Void)]>([])
    private static let counter = Atomic<Int>(0)

    /// Notes something to be undone; hand the number back once it is.
    static func add(_ body: @escaping @Sendable () -> Void) -> Int {
        let id = counter.add(1, ordering: .relaxed).newValue
        pending.withLock { $0.append((id, body)) }
        return id
    }

    static func forget(_ id: Int) { pending.withLock { $0.removeAll { $0.id == id } } }

    /// Undoes everything, the latest first.
    static func now() {
        while let last = pending.withLock({ $0.popLast() }) { last.body() }
    }

    /// Undoes everything on Ctrl-C and TERM, before the process ends.
    static func onInterruption() throws(BenchFailure) {
        var pipe: [Int32] = [0, 0]
        guard unsafe Glibc.pipe(&pipe) == 0 else { throw .system(doing: "listen for signals", code: errno) }
        for descriptor in pipe { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let reading = pipe[0]
        bell.store(pipe[1], ordering: .releasing)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // A handler may do next to nothing, so it only wakes the thread that does the work.
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = unsafe write(Cleanup.bell.load(ordering: .acquiring), &byte, 1)
            }
        }
        signal(SIGPIPE, SIG_IGN)
        OwnThread.start(name: "interruption") {
            var byte: UInt8 = 0
            while unsafe read(reading, &byte, 1) != 1 {}
            Terminal.say("Stopping; cleaning up ...")
            Cleanup.now()
            exit(128 + Int32(byte))
        }
    }

    /// Where the handler writes.
    private static let bell = Atomic<Int32>(-1)
}
