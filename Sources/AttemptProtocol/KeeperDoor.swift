import Core
import Glibc

/// Gets a connection to a keeper that understands us, and starts or replaces one for that where need be.
package struct KeeperDoor {
    /// Why there is no way in.
    package enum Failure: Error, Hashable, Sendable {
        /// A keeper is there, or was, and does not talk to us.
        case unreachable(String)
        /// There is none and none can be started, or it cannot talk to us.
        case unable(String)
    }

    private let state: StateDirectory
    private let start: () throws(Failure) -> Void

    /// How long a keeper may take to say who it is.
    private static let greetingLimit: Duration = .seconds(10)

    /// How long a keeper that somebody else has just started may take to open its door: it syncs files first, and it
    /// may be reading the journals of a host that was busy when it stopped.
    private static let startLimit: Duration = .seconds(30)

    /// Names the keeper's state directory, and what starts one that serves when it returns.
    package init(state: StateDirectory, start: @escaping () throws(Failure) -> Void) {
        self.state = state
        self.start = start
    }

    /// Connects; starts a keeper when nobody answers, and replaces one that is older than we are.
    package func open() throws(Failure) -> Descriptor {
        let due = ContinuousClock.now + Self.startLimit
        repeat {
            guard let socket = try connect() else {
                try start()
                continue
            }
            let identity: KeeperIdentity
            switch try converse(socket.number, .hello(protocolVersion: ProtocolVersion.current)) {
            case .hello(let known): identity = known
            case .unable(let reason): throw .unable(reason)
            default: throw unreachable("its keeper does not say who it is")
            }
            guard ProtocolVersion.isOlder(identity.version, than: ProtocolVersion.software) else { return socket }
            _ = try converse(socket.number, .retire)
        } while ContinuousClock.now < due
        throw unreachable("its keeper ends as soon as it is started; \(state.logFile) may say why")
    }

    /// A connection, or nil where nobody listens.
    private func connect() throws(Failure) -> Descriptor? {
        do throws(SystemFailure) {
            return try UnixSocket.connect(folder: state.path, name: StateDirectory.socketName)
        } catch {
            if [ENOENT, ECONNREFUSED, ENOTDIR].contains(error.code) { return nil }
            throw unreachable("\(error)")
        }
    }

    private func converse(_ socket: Int32, _ request: KeeperRequest) throws(Failure) -> KeeperReply {
        let bytes = request.frame(request: 0).encoded
        let sent = unsafe send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        guard sent == bytes.count else {
            throw unreachable("its keeper takes no question: \(SystemFailure.words(errno))")
        }
        var incoming = FrameBuffer()
        var buffer = [UInt8](repeating: 0, count: 4096)
        let due = ContinuousClock.now + KeeperDoor.greetingLimit
        while true {
            do throws(WireError) {
                if let frame = try incoming.next() { return try KeeperReply(frame) }
            } catch {
                throw unreachable("its keeper sent something unintelligible: \(error)")
            }
            let rest = Int32(clamping: (due - .now).clampedMicroseconds / 1000)
            guard rest > 0 else { throw unreachable("its keeper does not say who it is") }
            var polled = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&polled, 1, rest)
            let got = unsafe recv(socket, &buffer, buffer.count, 0)
            if got < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            guard got > 0 else { throw unreachable("its keeper hung up") }
            incoming.append(buffer[..<got])
        }
    }

    private func unreachable(_ reason: String) -> Failure { .unreachable(reason) }
}
