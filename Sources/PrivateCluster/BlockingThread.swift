import Glibc

/// A thread of its own for work that waits, so that no thread of the cooperative pool stands still.
enum BlockingThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            let work = unsafe Unmanaged.passRetained(Work { continuation.resume(returning: body()) })
            var thread = pthread_t()
            let code = unsafe pthread_create(
                &thread,
                nil,
                { argument in
                    if let argument = unsafe argument {
                        unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                    }
                    return nil
                },
                work.toOpaque()
            )
            if code == 0 {
                pthread_detach(thread)
            } else {
                // No thread to be had: standing still for a moment is better than failing.
                unsafe work.takeRetainedValue().body()
            }
        }
    }
}
