import AttemptProtocol
import Glibc

/// One connection to the keeper.
final class Client {
    /// Longer queues of unread answers end the connection: its owner does not read, and can connect again and ask.
    static let unreadLimit = 64 << 20

    let socket: Descriptor
    var isSubscribed = false
    /// Set when there is something to read.
    var isReadable = false
    private(set) var isOver = false
    private var incoming = FrameBuffer()
    private var outgoing = Outbox()

    init(socket: consuming Descriptor) {
        self.socket = socket
    }

    /// Whether bytes wait for the other end to read.
    var isWaitingToWrite: Bool { outgoing.isWaiting }

    /// Reads what has arrived and returns the whole frames in it.
    func receive() -> [Frame] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        for _ in 0..<16 {
            let got = unsafe recv(socket.number, &buffer, buffer.count, 0)
            if got < 0 && errno == EINTR { continue }
            if got < 0 && errno == EAGAIN { break }
            guard got > 0 else {
                isOver = true
                break
            }
            incoming.append(buffer[..<got])
            if got < buffer.count { break }
        }
        var frames: [Frame] = []
        do {
            while let frame = try incoming.next() { frames.append(frame) }
        } catch {
            isOver = true
        }
        return frames
    }

    /// Queues a frame.
    func send(_ frame: Frame) {
        guard !isOver else { return }
        outgoing.append(frame)
        if outgoing.count > Client.unreadLimit { isOver = true }
    }

    /// Sends as much as the other end takes now.
    func flush() {
        guard !isOver else { return }
        do throws(SystemFailure) {
            try outgoing.flush(to: socket.number)
        } catch {
            isOver = true
        }
    }
}
