import Glibc
import Synchronization

/// What a proxy's thread does.
final class CuttableProxyWork {
    private let proxy: CuttableProxy
    private var lines: [CuttableProxyLine] = []

    init(proxy: CuttableProxy) {
        self.proxy = proxy
    }

    func run() {
        while true {
            let now = proxy.shared.withLock { $0 }
            if now.isEnded { break }
            if now.mode == .cut || now.cuts != now.cutsDone {
                for line in lines { line.reset() }
                lines.removeAll()
                proxy.shared.withLock { $0.cutsDone = now.cuts }
            }
            look(now.mode, now.slowness)
        }
        for line in lines { line.reset() }
        close(proxy.listener)
    }

    /// Waits a moment for something to do, and does it.
    private func look(_ mode: CuttableProxy.Mode, _ slowness: CuttableProxy.Slowness?) {
        let now = ContinuousClock.now
        var polled = [pollfd(fd: proxy.listener, events: Int16(POLLIN), revents: 0)]
        var flows: [CuttableProxyFlow] = []
        var isWaiting = false
        for line in lines {
            for flow in line.flows where mode.passes(flow.direction) {
                if flow.canTake {
                    polled.append(pollfd(fd: flow.source, events: Int16(POLLIN), revents: 0))
                    flows.append(flow)
                }
                if flow.isDue(now) {
                    polled.append(pollfd(fd: flow.sink, events: Int16(POLLOUT), revents: 0))
                    flows.append(flow)
                }
                isWaiting = isWaiting || flow.isWaiting
            }
        }
        guard unsafe poll(&polled, nfds_t(polled.count), isWaiting ? 2 : 20) > 0 else { return }
        for (index, entry) in polled.enumerated() where entry.revents != 0 {
            guard index > 0 else {
                guard let (near, far) = proxy.accept() else { continue }
                lines.append(CuttableProxyLine(near: near, far: far))
                continue
            }
            let flow = flows[index - 1]
            guard let line = lines.first(where: { $0 === flow.line }), !line.isOver else { continue }
            if entry.events == Int16(POLLIN) {
                guard let bytes = flow.take() else { continue }
                if let passed = spring(line, flow, bytes) { flow.give(passed, slowness, at: now) }
            } else {
                flow.push(now)
            }
        }
        for line in lines where line.isDone { line.end() }
        lines.removeAll { $0.isOver }
    }

    /// Looks whether a trap is sprung by what comes by; returns what goes on, nil where the connection is over.
    private func spring(_ line: CuttableProxyLine, _ flow: CuttableProxyFlow, _ bytes: [UInt8]) -> [UInt8]? {
        let (trap, number) = proxy.shared.withLock { ($0.trap, $0.trapNumber) }
        if flow.direction == .toTarget {
            // A second connection must not spring what another has already.
            guard let trap, line.caught == nil, line.sees(trap.words, of: number, in: bytes) else { return bytes }
            let isFirst = proxy.shared.withLock { shared in
                guard shared.trap != nil, shared.trapNumber == number else { return false }
                shared.trap = nil
                return true
            }
            guard isFirst else { return bytes }
            if case .before = trap.moment {
                finish(line, trap)
                return nil
            }
            line.caught = trap
            line.answer = []
            return bytes
        }
        guard let caught = line.caught else { return bytes }
        line.answer += bytes
        switch caught.moment {
        case .before: return bytes
        case .answered(let word):
            if line.answer.firstRange(of: Array(word.utf8)) != nil { finish(line, caught) }
            return nil
        case .within(let count):
            guard line.answer.count >= count else { return bytes }
            let part = bytes.dropLast(line.answer.count - count)
            flow.give(Array(part), nil, at: .now)
            flow.push(.now)
            finish(line, caught)
            return nil
        }
    }

    private func finish(_ line: CuttableProxyLine, _ trap: CuttableProxy.Trap) {
        trap.action()
        line.reset()
        proxy.shared.withLock { $0.hasSprung = true }
    }
}

/// One connection through a proxy.
final class CuttableProxyLine {
    private let near: Int32
    private let far: Int32
    private(set) var flows: [CuttableProxyFlow] = []
    private(set) var isOver = false
    /// The trap that this connection has sprung, and what was answered since.
    var caught: CuttableProxy.Trap?
    var answer: [UInt8] = []
    private var trapNumber = 0
    private var wordsSeen = 0
    private var tail: [UInt8] = []

    init(near: Int32, far: Int32) {
        (self.near, self.far) = (near, far)
        flows = [
            CuttableProxyFlow(line: self, source: near, sink: far, .toTarget),
            CuttableProxyFlow(line: self, source: far, sink: near, .fromTarget),
        ]
    }

    /// Whether the words have come by one after the other, the last of them now.
    func sees(_ words: [String], of number: Int, in bytes: [UInt8]) -> Bool {
        if number != trapNumber { (trapNumber, wordsSeen, tail) = (number, 0, []) }
        tail += bytes
        while wordsSeen < words.count, let range = tail.firstRange(of: Array(words[wordsSeen].utf8)) {
            tail.removeSubrange(..<range.upperBound)
            wordsSeen += 1
        }
        tail.removeFirst(max(0, tail.count - 256))
        guard wordsSeen == words.count else { return false }
        wordsSeen = 0
        return true
    }

    /// Whether one side has ended and all that it sent has gone on.
    var isDone: Bool { !isOver && flows.contains { $0.isEmptied } }

    /// Closes both sides.
    func end() {
        guard !isOver else { return }
        isOver = true
        close(near)
        close(far)
    }

    /// Closes both sides so that the others see a reset.
    func reset() {
        guard !isOver else { return }
        var abrupt = linger(l_onoff: 1, l_linger: 0)
        for number in [near, far] {
            unsafe setsockopt(number, SOL_SOCKET, SO_LINGER, &abrupt, socklen_t(MemoryLayout<linger>.size))
        }
        end()
    }
}

/// One direction of a connection.
final class CuttableProxyFlow {
    unowned let line: CuttableProxyLine
    let source: Int32
    let sink: Int32
    let direction: CuttableProxy.Direction
    private var pieces: [(due: ContinuousClock.Instant, bytes: [UInt8])] = []
    private var held = 0
    private var isFinished = false
    private var isBroken = false
    private var lastDue = ContinuousClock.now

    init(line: CuttableProxyLine, source: Int32, sink: Int32, _ direction: CuttableProxy.Direction) {
        (self.line, self.source, self.sink, self.direction) = (line, source, sink, direction)
    }

    var canTake: Bool { !isFinished && held < 1 << 18 }
    var isWaiting: Bool { !pieces.isEmpty }
    var isEmptied: Bool { isBroken || isFinished && pieces.isEmpty }

    func isDue(_ now: ContinuousClock.Instant) -> Bool { pieces.first.map { $0.due <= now } ?? false }

    /// What has come; nil where nothing will any more.
    func take() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe recv(source, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EINTR { return nil }
        guard count > 0 else {
            isFinished = true
            return nil
        }
        return Array(buffer[..<count])
    }

    /// Puts bytes on their way.
    func give(_ bytes: [UInt8], _ slowness: CuttableProxy.Slowness?, at now: ContinuousClock.Instant) {
        guard !bytes.isEmpty else { return }
        var due = now
        if let slowness {
            due += slowness.delay + slowness.jitter * Double.random(in: 0...1)
            due = max(due, lastDue)
            if let rate = slowness.bytesPerSecond { due += .microseconds(bytes.count * 1_000_000 / rate) }
        }
        lastDue = max(due, lastDue)
        pieces.append((max(due, pieces.last?.due ?? due), bytes))
        held += bytes.count
        if slowness == nil { push(now) }
    }

    /// Sends what is due, as far as the other side takes it.
    func push(_ now: ContinuousClock.Instant) {
        while let piece = pieces.first, piece.due <= now {
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            let count = unsafe send(sink, piece.bytes, piece.bytes.count, flags)
            guard count >= 0 else {
                isBroken = errno != EAGAIN && errno != EINTR
                return
            }
            held -= count
            guard count == piece.bytes.count else {
                pieces[0].bytes.removeFirst(count)
                return
            }
            pieces.removeFirst()
        }
    }
}
