import AttemptProtocol
import Core
import Glibc

/// A bare connection to a keeper, for what the adapter hides.
final class KeeperProbe {
    private let socket: Descriptor
    private var incoming = FrameBuffer()

    init(folder: String) throws {
        socket = try UnixSocket.connect(folder: folder, name: StateDirectory.socketName)
    }

    func identity() throws -> KeeperIdentity {
        guard case .hello(let identity) = try ask(KeeperRequest.hello(protocolVersion: 1).frame(request: 1)) else {
            throw Unexpected.status("the keeper did not say who it is")
        }
        return identity
    }

    /// Sends a frame and waits for the answer of the same number.
    func ask(_ frame: Frame) throws -> KeeperReply {
        send(frame.encoded)
        while true {
            let answer = try receive()
            if answer.request == frame.request { return try KeeperReply(answer) }
        }
    }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let rest = Array(bytes[sent...])
            let count = unsafe Glibc.send(socket.number, rest, rest.count, Int32(MSG_NOSIGNAL))
            if count > 0 { sent += count } else { wait(POLLOUT) }
        }
    }

    func receive() throws -> Frame {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if let frame = try incoming.next() { return frame }
            wait(POLLIN)
            let got = unsafe recv(socket.number, &buffer, buffer.count, 0)
            if got < 0 && errno == EAGAIN { continue }
            guard got > 0 else { throw Unexpected.status("the keeper hung up") }
            incoming.append(buffer[..<got])
        }
    }

    private func wait(_ events: Int32) {
        var polled = pollfd(fd: socket.number, events: Int16(events), revents: 0)
        _ = unsafe poll(&polled, 1, -1)
    }
}
