import AttemptProtocol
import Core
import Glibc

/// What the link's thread does and knows; nobody else touches it.
final class LocalKeeperSession {
    private let link: LocalKeeperLink
    private let launch: LocalKeeperLaunch
    private var waiting: [UInt32: LocalKeeperLink.Asked] = [:]
    private var nextRequest: UInt32 = 1
    private var outgoing: [UInt8] = []
    private var logs: LogWatch

    /// Between two looks at the logs of running attempts.
    private static let logPause: Duration = .milliseconds(100)

    init(link: LocalKeeperLink, launch: LocalKeeperLaunch) {
        self.link = link
        self.launch = launch
        logs = LogWatch(state: launch.state)
    }

    /// Works until the link is stopped.
    func run() {
        while !link.isStopped {
            guard link.hasDemand else {
                wait(for: [link.newsDescriptor], limit: nil)
                if !link.hasDemand { link.putBack(link.takeQueue()) }
                continue
            }
            do throws(RunnerError) {
                let socket = try open()
                recover(from: serve(socket))
            } catch {
                link.fail(error, waiting: link.takeQueue())
            }
        }
        link.fail(unreachable("its adapter was closed"), waiting: waiting.values + link.takeQueue())
    }

    private func open() throws(RunnerError) -> Descriptor {
        do throws(KeeperDoor.Failure) {
            return try KeeperDoor(state: launch.state, start: launch.start).open()
        } catch {
            switch error {
            case .unreachable(let reason): throw unreachable(reason)
            case .unable(let reason): throw .unable(runner: launch.runner, reason: reason)
            }
        }
    }

    /// Asks once more what had no answer; who had that before is told.
    private func recover(from error: RunnerError) {
        outgoing.removeAll()
        link.endStreams(error)
        var again: [LocalKeeperLink.Asked] = []
        for (_, var asked) in waiting.sorted(by: { $0.key < $1.key }) {
            // Asked of its successor, the request to retire would mean another keeper.
            if asked.isRepeated || asked.request == .retire {
                asked.waiting.resume(returning: .failure(error))
            } else {
                asked.isRepeated = true
                again.append(asked)
            }
        }
        waiting.removeAll()
        link.putBack(again)
    }

    /// Works on one connection until it breaks; says how it did.
    private func serve(_ socket: borrowing Descriptor) -> RunnerError {
        do throws(RunnerError) {
            try exchange(with: socket)
            return unreachable("its adapter was closed")
        } catch {
            return error
        }
    }

    private func exchange(with socket: borrowing Descriptor) throws(RunnerError) {
        var incoming = FrameBuffer()
        outgoing = KeeperRequest.subscribe.frame(request: 0).encoded
        var nextLook = ContinuousClock.now
        while !link.isStopped {
            for asked in link.takeQueue() { queue(asked) }
            try write(to: socket.number)
            let hasLogs = link.hasSubscribers && !logs.isEmpty
            wait(for: [socket.number, link.newsDescriptor], limit: hasLogs ? LocalKeeperSession.logPause : .seconds(1))
            try read(from: socket.number, &incoming)
            let now = ContinuousClock.now
            if hasLogs && now >= nextLook {
                for id in logs.grown() { link.tell(.logGrew(id)) }
                nextLook = now + LocalKeeperSession.logPause
            }
            if waiting.values.contains(where: { $0.due < now }) {
                throw unreachable("its keeper has given no answer for a minute")
            }
        }
    }

    private func queue(_ asked: LocalKeeperLink.Asked) {
        let number = nextRequest
        nextRequest = nextRequest == .max ? 1 : nextRequest + 1
        waiting[number] = asked
        asked.request.frame(request: number).append(to: &outgoing)
    }

    private func write(to socket: Int32) throws(RunnerError) {
        var sent = 0
        while sent < outgoing.count {
            let count = unsafe outgoing.withUnsafeBytes { bytes in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[sent...])
                return unsafe send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { break }
            guard count > 0 else { throw broken(errno) }
            sent += count
        }
        outgoing.removeFirst(sent)
    }

    private func read(from socket: Int32, _ incoming: inout FrameBuffer) throws(RunnerError) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = unsafe recv(socket, &buffer, buffer.count, 0)
            if got < 0 && errno == EINTR { continue }
            if got < 0 && errno == EAGAIN { break }
            guard got > 0 else { throw broken(got == 0 ? ECONNRESET : errno) }
            incoming.append(buffer[..<got])
            if got < buffer.count { break }
        }
        do throws(WireError) {
            while let frame = try incoming.next() { try take(frame) }
        } catch {
            throw unreachable("its keeper sent something unintelligible: \(error)")
        }
    }

    private func take(_ frame: Frame) throws(WireError) {
        guard frame.kind < KeeperEvent.firstKind else {
            switch try KeeperEvent(frame) {
            case .ended(let id, let record):
                logs.remove(id)
                link.tell(.ended(id, record))
            case .lost(let id, let proof):
                logs.remove(id)
                link.tell(.lost(id, proof: proof))
            case .logGrew, .heartbeat, nil: break
            }
            return
        }
        let reply = try KeeperReply(frame)
        guard let asked = waiting.removeValue(forKey: frame.request) else { return }
        watchLogs(of: asked.request, reply)
        asked.waiting.resume(returning: .success(reply))
    }

    private func watchLogs(of request: KeeperRequest, _ reply: KeeperReply) {
        switch (request, reply) {
        case (.start(let orders), .started(let answers)):
            for (order, answer) in zip(orders, answers) {
                if case .status(.running) = answer { logs.insert(order.id) }
            }
        case (.ask(let ids), .statuses(let statuses)):
            for (id, status) in zip(ids, statuses) {
                if case .running = status { logs.insert(id) }
            }
        default: break
        }
    }

    private func wait(for descriptors: [Int32], limit: Duration?) {
        var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        if !outgoing.isEmpty && polled.count > 1 { polled[0].events |= Int16(POLLOUT) }
        let milliseconds = limit.map { Int32(clamping: $0.clampedMicroseconds / 1000) } ?? -1
        _ = unsafe poll(&polled, nfds_t(polled.count), milliseconds)
    }

    private func broken(_ code: Int32) -> RunnerError {
        unreachable("the connection to its keeper broke: \(SystemFailure.words(code))")
    }

    private func unreachable(_ reason: String) -> RunnerError {
        .unreachable(runner: launch.runner, reason: reason)
    }
}
