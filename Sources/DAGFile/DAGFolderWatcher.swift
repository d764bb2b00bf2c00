import Glibc

/// Notices changes in a DAG folder as they happen, by inotify on a thread of its own.
///
/// It is a net with holes, as inotify is: network file systems say nothing. Its owner scans the folder after each event,
/// and from time to time without one. It ends when it is stopped or released.
package final class DAGFolderWatcher: Sendable {
    /// What happened.
    package enum Event: Hashable, Sendable {
        /// DAG files were closed after writing, moved or deleted: their paths in the folder, each once.
        case changed([String])
        /// Folders changed, or something was missed: look at everything.
        case rescan
    }

    /// The events, in order, for one reader; they end when the watcher is stopped, or the folder itself is gone.
    package let events: AsyncStream<Event>
    private let wakeUp: WakeUp

    /// Starts to watch a folder and all below it that a scan would look into.
    /// - Throws: Why it cannot be watched.
    package init(folder: DAGFolder) throws(FolderError) {
        let wakeUp = try WakeUp(path: folder.path)
        // What nobody has taken for so long is worth one rescan, not a growing queue.
        let (events, continuation) = AsyncStream<Event>.makeStream(bufferingPolicy: .bufferingOldest(64))
        let loop = try WatchLoop(folder: folder, wakeUp: wakeUp, continuation: continuation)
        try loop.watchAll()
        self.events = events
        self.wakeUp = wakeUp
        WatchLoop.start(loop)
    }

    deinit {
        wakeUp.signal()
    }

    /// Ends the events and the thread.
    package func stop() {
        wakeUp.signal()
    }
}

/// A pair of sockets by which the watching thread is told to end; open for as long as either side holds it.
final class WakeUp: Sendable {
    /// Becomes readable when it is time.
    let descriptor: Int32
    private let writeEnd: Int32

    init(path: String) throws(FolderError) {
        var ends: [Int32] = [-1, -1]
        // A pair of sockets can be closed on exec from the start; of a pipe Swift's Glibc knows only the older call.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .unwatchable(path: path, code: errno) }
        descriptor = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    func signal() {
        var byte: UInt8 = 1
        // It can fail only by being full of signals already.
        _ = unsafe write(writeEnd, &byte, 1)
    }
}
