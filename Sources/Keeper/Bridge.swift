import AttemptProtocol
import Core
import Glibc

/// Joins a server, whose connection is standard input and output, to the keeper of a state directory.
///
/// What the attempt protocol asks goes to the keeper as it is; attempts' files and the host's load are read here. It
/// starts a keeper where there is none, holds nothing itself, and ends with either side: the keeper and its commands go
/// on, and the next bridge finds them.
final class Bridge {
    /// The first word of such a start.
    static let word = "bridge"

    private let files: AttemptFiles
    private let keeper: Descriptor
    private var fromServer = FrameBuffer()
    private var fromKeeper = FrameBuffer()
    private var toServer = Outbox()
    private var toKeeper = Outbox()
    private var logs: LogWatch
    /// Attempts that a question under way is about, by its number.
    private var asked: [UInt32: [AttemptID]] = [:]
    private var isSubscribed = false
    private var isOver = false
    private var lastHeard = ContinuousClock.now

    /// Between two looks at the logs of running attempts.
    private static let logPause: Duration = .milliseconds(100)
    /// Between two reports of how busy the host is, which are signs of life as well.
    private static let reportPause: Duration = .seconds(2)
    /// A server gives signs of life every two seconds; one that has given none for so long has another bridge by now.
    private static let silenceLimit: Duration = .seconds(120)
    /// Longer queues of unread answers end the connection: the server does not read, and can connect again and ask.
    private static let unreadLimit = 64 << 20
    /// The longest piece of a log in one answer.
    private static let logLimit = 1 << 20

    private init(state: StateDirectory, keeper: consuming Descriptor) {
        files = AttemptFiles(state: state)
        logs = LogWatch(state: state)
        self.keeper = keeper
    }

    /// Serves until either side ends; the exit code.
    static func run(_ words: [String]) -> Int32 {
        guard let arguments = Arguments(Array(words.dropFirst())) else {
            print(Arguments.usage, terminator: "")
            return 2
        }
        signal(SIGPIPE, SIG_IGN)
        // A keeper that was started here may end before; nobody waits for it.
        signal(SIGCHLD, SIG_IGN)
        for descriptor: Int32 in [0, 1] { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
        let state = StateDirectory(path: arguments.state)
        do throws(KeeperDoor.Failure) {
            let door = KeeperDoor(state: state) { () throws(KeeperDoor.Failure) in
                if let problem = Detachment.problem(starting: arguments) { throw .unable(problem) }
            }
            return Bridge(state: state, keeper: try door.open()).serve()
        } catch {
            switch error {
            case .unable(let reason), .unreachable(let reason): return giveUp(reason)
            }
        }
    }

    /// Tells the server why there is no keeper.
    private static func giveUp(_ reason: String) -> Int32 {
        var toServer = Outbox()
        toServer.append(CarrierMessage.goodbye(reason).frame())
        var polled = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&polled, 1, 1000)
        // A server that is gone need not know.
        try? toServer.flush(to: 1)
        return 1
    }

    private func serve() -> Int32 {
        var (nextReport, nextLook) = (ContinuousClock.now, ContinuousClock.now)
        while !isOver {
            let now = ContinuousClock.now
            if now >= nextReport {
                toServer.append(CarrierMessage.report(HostLoad.now()).frame())
                nextReport = now + Self.reportPause
            }
            if isSubscribed, now >= nextLook {
                for id in logs.grown() { toServer.append(KeeperEvent.logGrew(id).frame) }
                nextLook = now + Self.logPause
            }
            do throws(SystemFailure) {
                try toServer.flush(to: 1)
                try toKeeper.flush(to: keeper.number)
            } catch {
                return 0
            }
            guard toServer.count <= Self.unreadLimit, now - lastHeard < Self.silenceLimit else { return 0 }
            wait(until: isSubscribed && !logs.isEmpty ? min(nextReport, nextLook) : nextReport)
        }
        // The last words, if the server still listens.
        try? toServer.flush(to: 1)
        return 0
    }

    private func wait(until due: ContinuousClock.Instant) {
        var polled = [
            pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
            pollfd(fd: keeper.number, events: Int16(toKeeper.isWaiting ? POLLIN | POLLOUT : POLLIN), revents: 0),
            pollfd(fd: toServer.isWaiting ? 1 : -1, events: Int16(POLLOUT), revents: 0),
        ]
        let rest = due - .now
        _ = unsafe poll(&polled, nfds_t(polled.count), Int32(clamping: max(0, rest.clampedMicroseconds / 1000 + 1)))
        do throws(WireError) {
            if polled[0].revents != 0 {
                take(from: 0, into: &fromServer)
                while let frame = try fromServer.next() { try takeFromServer(frame) }
            }
            if polled[1].revents != 0 {
                take(from: keeper.number, into: &fromKeeper)
                while let frame = try fromKeeper.next() { try takeFromKeeper(frame) }
                if isOver { toServer.append(CarrierMessage.goodbye("the connection to its keeper broke").frame()) }
            }
        } catch {
            toServer.append(CarrierMessage.goodbye("what was said cannot be understood there: \(error)").frame())
            isOver = true
        }
    }

    /// Reads what has arrived; the end of either side is the end of this.
    private func take(from descriptor: Int32, into frames: inout FrameBuffer) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = unsafe read(descriptor, &buffer, buffer.count)
            if got < 0 && errno == EINTR { continue }
            if got < 0 && errno == EAGAIN { return }
            guard got > 0 else {
                isOver = true
                return
            }
            frames.append(buffer[..<got])
            if got < buffer.count { return }
        }
    }

    private func takeFromServer(_ frame: Frame) throws(WireError) {
        lastHeard = .now
        guard frame.kind < KeeperEvent.firstKind else {
            // Events are signs of life; of the rest only questions want an answer.
            if let message = try CarrierMessage(frame) { answer(message, frame.request) }
            return
        }
        switch try KeeperRequest(frame) {
        case .start(let orders): asked[frame.request] = orders.map(\.id)
        case .ask(let ids): asked[frame.request] = ids
        case .subscribe: isSubscribed = true
        default: break
        }
        toKeeper.append(frame)
    }

    private func answer(_ message: CarrierMessage, _ request: UInt32) {
        let answer: CarrierMessage
        do throws(AttemptFiles.Failure) {
            switch message {
            case .readLog(let id, let offset, let limit):
                let asked = max(0, offset)
                let (start, bytes, end) = try files.log(of: id, from: asked, limit: max(0, min(limit, Self.logLimit)))
                answer = .bytes(bytes, end: end, start: start == asked ? nil : start)
            case .readOutput(let id):
                let bytes = try files.output(of: id)
                answer = .bytes(bytes, end: Int64(bytes.count))
            case .goodbye:
                isOver = true
                return
            case .bytes, .failure, .hello, .report: return
            }
        } catch {
            switch error {
            case .unknownAttempt(let id): answer = .failure(word: CarrierMessage.unknownAttempt, reason: "\(id)")
            case .notNow(let reason): answer = .failure(word: CarrierMessage.unreachable, reason: reason)
            case .unreadable(let reason): answer = .failure(word: CarrierMessage.unable, reason: reason)
            }
        }
        toServer.append(answer.frame(request: request))
    }

    private func takeFromKeeper(_ frame: Frame) throws(WireError) {
        if frame.kind >= KeeperEvent.firstKind {
            switch try KeeperEvent(frame) {
            case .ended(let id, _), .lost(let id, _): logs.remove(id)
            default: break
            }
            toServer.append(frame)
            return
        }
        // The answer to `subscribe`, for which nobody waits.
        guard frame.request != 0 else { return }
        if let ids = asked.removeValue(forKey: frame.request) { watch(ids, try KeeperReply(frame)) }
        toServer.append(frame)
    }

    private func watch(_ ids: [AttemptID], _ reply: KeeperReply) {
        switch reply {
        case .started(let answers):
            for (id, answer) in zip(ids, answers) {
                if case .status(.running) = answer { logs.insert(id) }
            }
        case .statuses(let statuses):
            for (id, status) in zip(ids, statuses) {
                if case .running = status { logs.insert(id) }
            }
        default: break
        }
    }
}
