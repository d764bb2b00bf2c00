import Glibc

/// The watching thread's own state: used by whoever makes it, then by the thread alone.
final class WatchLoop {
    private let folder: DAGFolder
    private let inotify: Int32
    private let wakeUp: WakeUp
    private let continuation: AsyncStream<DAGFolderWatcher.Event>.Continuation
    /// The watched folders, by watch; the root is the empty path.
    private var paths: [Int32: String] = [:]
    private var missedSomething = false

    private static let mask =
        UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE) | UInt32(IN_CREATE)
        | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_ONLYDIR)

    init(
        folder: DAGFolder,
        wakeUp: WakeUp,
        continuation: AsyncStream<DAGFolderWatcher.Event>.Continuation
    ) throws(FolderError) {
        self.folder = folder
        self.wakeUp = wakeUp
        self.continuation = continuation
        inotify = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard inotify >= 0 else { throw .unwatchable(path: folder.path, code: errno) }
    }

    deinit {
        if inotify >= 0 { close(inotify) }
    }

    /// Watches every folder that a scan looks into; looks again until no new one has appeared meanwhile.
    func watchAll() throws(FolderError) {
        var known = Set(paths.values)
        while true {
            let folders = try folder.scan().folders
            let found = Set(folders)
            for (watch, path) in paths where !found.contains(path) {
                inotify_rm_watch(inotify, watch)
                paths[watch] = nil
            }
            let new = folders.filter { !known.contains($0) }
            if new.isEmpty { return }
            for path in new { try watch(path) }
            known = found
        }
    }

    private func watch(_ path: String) throws(FolderError) {
        let full = path.isEmpty ? folder.path : folder.path + "/" + path
        let watch = unsafe inotify_add_watch(inotify, full, WatchLoop.mask)
        if watch >= 0 {
            paths[watch] = path
        } else if path.isEmpty || errno != ENOENT && errno != ENOTDIR {
            throw .unwatchable(path: full, code: errno)
        }
    }

    /// Hands the loop to a new thread.
    static func start(_ loop: WatchLoop) {
        let box = unsafe Unmanaged.passRetained(loop)
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, nil, { unsafe WatchLoop.main($0) }, box.toOpaque())
        guard code == 0 else {
            // Without a thread there are no events: the owner's own scans remain.
            unsafe box.release()
            loop.continuation.finish()
            return
        }
        pthread_detach(thread)
    }

    private static func main(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument = unsafe argument else { return nil }
        let loop = unsafe Unmanaged<WatchLoop>.fromOpaque(argument).takeRetainedValue()
        loop.run()
        loop.continuation.finish()
        return nil
    }

    private func run() {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            var descriptors = [
                pollfd(fd: inotify, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            // An event that found the queue full is tried again until the reader has come back to it.
            let count = unsafe poll(&descriptors, 2, missedSomething ? 200 : -1)
            if count < 0, errno != EINTR { return }
            if descriptors[1].revents != 0 { return }
            if missedSomething { send(.rescan) }
            guard descriptors[0].revents != 0 else { continue }
            let length = unsafe buffer.withUnsafeMutableBytes { unsafe read(inotify, $0.baseAddress, $0.count) }
            if length < 0, errno == EAGAIN || errno == EINTR { continue }
            guard length > 0, handle(buffer[..<length]) else { return }
        }
    }

    /// Takes up a batch of the kernel's events; false when the folder itself is gone.
    private func handle(_ buffer: ArraySlice<UInt8>) -> Bool {
        var changed: [String] = []
        var foldersChanged = false
        var isGone = false
        var position = buffer.startIndex
        while position + 16 <= buffer.endIndex {
            let event = InotifyEvent(buffer[position...])
            position += 16 + event.nameSpace
            let isRoot = paths[event.watch] == ""
            if event.has(IN_Q_OVERFLOW) {
                foldersChanged = true
            } else if event.has(IN_IGNORED) || event.has(IN_DELETE_SELF) || event.has(IN_MOVE_SELF) {
                isGone = isGone || isRoot
                foldersChanged = true
            } else if event.has(IN_ISDIR) {
                foldersChanged = foldersChanged || !event.name.hasPrefix(".")
            } else if event.name == ".rotaignore" {
                foldersChanged = true
            } else if let path = path(of: event), !changed.contains(path) {
                changed.append(path)
            }
        }
        if isGone {
            send(.rescan)
            return false
        }
        if foldersChanged {
            // What cannot be watched now is found by the owner's scan, which says why.
            do throws(FolderError) { try watchAll() } catch { missedSomething = true }
            send(.rescan)
        } else if !changed.isEmpty {
            send(.changed(changed))
        }
        return true
    }

    /// The path of the DAG file that an event is about; nil where it is about none, or too early.
    private func path(of event: InotifyEvent) -> String? {
        let name = event.name
        guard name.hasSuffix(".yaml") || name.hasSuffix(".yml"), !name.hasPrefix("."), let parent = paths[event.watch]
        else { return nil }
        let path = parent.isEmpty ? name : parent + "/" + name
        guard event.has(IN_CREATE) else { return path }
        // A new file is told again when it is closed; a new link is not.
        var status = stat()
        guard unsafe lstat(folder.path + "/" + path, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT == S_IFLNK || status.st_nlink > 1 ? path : nil
    }

    private func send(_ event: DAGFolderWatcher.Event) {
        if case .dropped = continuation.yield(event) {
            missedSomething = true
        } else if event == .rescan {
            missedSomething = false
        }
    }
}

/// One of the kernel's records.
struct InotifyEvent {
    let watch: Int32
    private let mask: UInt32
    /// How many bytes the name takes, with its padding.
    let nameSpace: Int
    let name: String

    init(_ bytes: ArraySlice<UInt8>) {
        func word(_ index: Int) -> UInt32 {
            let start = bytes.startIndex + index * 4
            return bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        watch = Int32(bitPattern: word(0))
        mask = word(1)
        nameSpace = Int(word(3))
        name = String(decoding: bytes.dropFirst(16).prefix(nameSpace).prefix { $0 != 0 }, as: UTF8.self)
    }

    func has(_ bit: some BinaryInteger) -> Bool { mask & UInt32(bit) != 0 }
}
