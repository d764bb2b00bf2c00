import AttemptProtocol
import Core
import Glibc

/// From a state directory on disk to a keeper that serves it.
enum Startup {
    /// Why no keeper could be started.
    enum Failure: Error, CustomStringConvertible {
        /// Another keeper serves the directory already.
        case served(String)
        /// The directory is a copy of another, which the sentence says.
        case copied(String)
        /// A call to the system failed.
        case system(SystemFailure)

        var description: String {
            switch self {
            case .served(let path): "another keeper serves \(path) already"
            case .copied(let sentence): sentence
            case .system(let failure): "\(failure)"
            }
        }
    }

    /// Makes the directory where need be, takes its lock, reads its journals and opens the door.
    static func keeper(_ arguments: Arguments) throws(Failure) -> Keeper {
        let state = StateDirectory(path: arguments.state)
        let (directoryID, objection) = try prepared(state)
        if let objection { throw .copied(objection) }
        do throws(SystemFailure) {
            let lock = try Descriptor(path: state.lockFile, flags: O_RDWR | O_CREAT)
            guard takeLock(lock.number) else { throw SystemFailure("lock", state.lockFile, code: EWOULDBLOCK) }
            let identity = KeeperIdentity(
                directoryID: directoryID,
                bootID: try BootID.read(),
                hostName: hostName(),
                processID: getpid()
            )
            let signals = try prepareProcess()
            var journals = try JournalFolder.open(in: state)
            let keeper = Keeper(
                state: state,
                identity: identity,
                idleLimit: arguments.idle,
                groups: groups(arguments),
                lock: lock,
                signals: signals,
                journal: try journals.takeOwn(in: state)
            )
            for older in journals.held { keeper.machine.takeIn(older.entries, parentage: .foreign) }
            for entries in journals.free { keeper.machine.takeIn(entries, parentage: .orphan) }
            keeper.olderJournals = journals.held.map(\.journal)
            keeper.examine(keeper.machine.recover())
            try journals.mergeFree(into: keeper)
            try keeper.listen()
            return keeper
        } catch {
            throw error.code == EWOULDBLOCK ? .served(arguments.state) : .system(error)
        }
    }

    private static func prepared(_ state: StateDirectory) throws(Failure) -> (id: String, objection: String?) {
        do throws(SystemFailure) {
            return (try state.prepare(), try state.objectionToPlace())
        } catch {
            throw .system(error)
        }
    }

    /// What a terminal or a client that hung up might send.
    static let ignoredSignals = [SIGPIPE, SIGHUP, SIGINT, SIGQUIT]

    private static func groups(_ arguments: Arguments) -> ControlGroups? {
        guard let folder = arguments.controlGroup else { return ControlGroups.delegated() }
        let groups = ControlGroups(folder: folder)
        if groups == nil {
            Keeper.complain(
                "no groups can be made in \(folder), so limits are kept without: \(SystemFailure.words(errno))"
            )
        }
        return groups
    }

    /// Waits a little: a keeper that has just been asked to retire lets go of the lock in its next turn.
    private static func takeLock(_ lock: Int32) -> Bool {
        for _ in 0..<100 {
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { return true }
            usleep(10_000)
        }
        return false
    }

    private static func prepareProcess() throws(SystemFailure) -> Descriptor {
        // Descendants of commands that lose their parent become our children, where they can be seen.
        _ = prctl(Linux.setChildSubreaper, 1, 0, 0, 0)
        ProcessTag.clear()
        for ignored in ignoredSignals { signal(ignored, SIG_IGN) }
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe sigaddset(&mask, SIGCHLD)
        unsafe sigaddset(&mask, SIGTERM)
        unsafe sigprocmask(SIG_BLOCK, &mask, nil)
        let number = unsafe signalfd(-1, &mask, O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw SystemFailure("watch", "signals") }
        return Descriptor(owning: number)
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        _ = unsafe gethostname(&name, 255)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
