import Glibc
import Synchronization

/// Runs the jobs of one actor, in order, on one thread of its own, so that calls which block hurt nobody else.
package final class SerialThread: SerialExecutor {
    private let inbox = Inbox()

    /// - Parameter name: What `ps -L` shows, cut after 15 bytes.
    package init(name: String) {
        let inbox = inbox
        OwnThread.start(name: name) { inbox.drain() }
    }

    deinit { inbox.close() }

    package func enqueue(_ job: consuming ExecutorJob) {
        inbox.append(Inbox.Entry(job: UnownedJob(job), executor: self))
    }
}

/// Starts detached threads of the operating system.
package enum OwnThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs a closure on a new thread, which ends with it.
    package static func start(name: String, _ run: @escaping @Sendable () -> Void) {
        let body = Body {
            setName(name)
            run()
        }
        let argument = unsafe Unmanaged.passRetained(body).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            argument
        )
        precondition(
            status == 0,
            "no thread for '\(name)': error \(status); raise the limit on tasks or lower the pool"
        )
        _ = pthread_detach(thread)
    }

    /// Shown by `ps -L`; without the name everything works, so a refusal is ignored.
    private static func setName(_ name: String) {
        let file = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = unsafe write(file, name, min(name.utf8.count, 15))
        close(file)
    }
}

/// The jobs that wait for the thread of one executor.
private final class Inbox: Sendable {
    struct Entry {
        let job: UnownedJob
        /// Keeps the executor alive until the job has ended, even when the job lets its actor go.
        let executor: SerialThread
    }

    private struct State {
        var entries: [Entry] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bell = Semaphore()

    func append(_ entry: Entry) {
        state.withLock { $0.entries.append(entry) }
        bell.signal()
    }

    func close() {
        state.withLock { $0.isClosed = true }
        bell.signal()
    }

    /// Runs jobs until the executor is gone.
    func drain() {
        var entries: [Entry] = []
        while true {
            bell.wait()
            let isClosed = state.withLock { state in
                swap(&entries, &state.entries)
                return state.isClosed
            }
            for entry in entries {
                unsafe entry.job.runSynchronously(on: entry.executor.asUnownedSerialExecutor())
            }
            entries.removeAll(keepingCapacity: true)
            if isClosed { return }
        }
    }
}

/// A counting semaphore of the operating system.
@safe private final class Semaphore: @unchecked Sendable {
    /// On the heap, because a semaphore must not move; its functions are safe to call from any thread.
    private let raw: UnsafeMutablePointer<sem_t>

    init() {
        unsafe raw = .allocate(capacity: 1)
        let status = unsafe sem_init(raw, 0, 0)
        precondition(status == 0, "sem_init refused a semaphore of this process")
    }

    deinit {
        unsafe sem_destroy(raw)
        unsafe raw.deallocate()
    }

    func signal() { _ = unsafe sem_post(raw) }

    func wait() {
        while unsafe sem_wait(raw) != 0 {}
    }
}
