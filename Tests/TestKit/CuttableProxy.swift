import Glibc
import Synchronization

/// A proxy on a free port of 127.0.0.1 with which a test makes a network bad, for as long as the object lives.
package final class CuttableProxy: Sendable {
    /// Which way bytes go.
    package enum Direction: Sendable, Hashable {
        /// From whoever connected.
        case toTarget
        /// From where the proxy leads.
        case fromTarget
    }

    /// What becomes of connections.
    package enum Mode: Sendable, Hashable {
        /// Bytes go through in both directions.
        case open
        /// All connections are reset, and new ones too.
        case cut
        /// Connections stay, and nothing goes through.
        case frozen
        /// Connections stay, and nothing goes through in one direction.
        case deaf(Direction)

        func passes(_ direction: Direction) -> Bool {
            switch self {
            case .open: true
            case .cut, .frozen: false
            case .deaf(let closed): closed != direction
            }
        }
    }

    /// How slow a line is, in both directions.
    package struct Slowness: Sendable {
        /// How long every piece is under way.
        package var delay: Duration
        /// How much longer at most, by chance; the order stays.
        package var jitter: Duration
        /// How many bytes pass in a second; nil for all that come.
        package var bytesPerSecond: Int?

        /// Describes a line.
        package init(delay: Duration = .zero, jitter: Duration = .zero, bytesPerSecond: Int? = nil) {
            (self.delay, self.jitter, self.bytesPerSecond) = (delay, jitter, bytesPerSecond)
        }
    }

    /// Something that happens once, to the connection on which certain bytes come by.
    package struct Trap: Sendable {
        /// When the connection is reset.
        package enum Moment: Sendable {
            /// Before the bytes have got through.
            case before
            /// After the target has answered so, of which nothing gets through.
            case answered(String)
            /// After so many bytes of the answer have got through.
            case within(Int)
        }

        /// What comes by on one connection, one after the other, on the way to the target.
        package var words: [String]
        package var moment: Moment
        /// What is done first, on the proxy's own thread.
        package var action: @Sendable () -> Void

        /// Makes a trap.
        package init(_ words: [String], _ moment: Moment, action: @escaping @Sendable () -> Void = {}) {
            (self.words, self.moment, self.action) = (words, moment, action)
        }
    }

    /// Where connections lead.
    package enum Target: Sendable {
        case port(Int)
        case socket(String)
    }

    struct Shared {
        var mode = Mode.open
        /// How often it was to cut: also one that is mended at once has cut.
        var cuts = 0
        var cutsDone = 0
        var slowness: Slowness?
        var target: Target
        var trap: Trap?
        var trapNumber = 0
        var hasSprung = false
        var isEnded = false
    }

    /// Where it listens.
    package let port: Int
    let listener: Int32
    let shared: Mutex<Shared>

    /// A port of 127.0.0.1 that nobody listens at now.
    package static func freePort() -> Int {
        let (number, port) = bound()
        close(number)
        return port
    }

    /// Listens; what comes goes on to a port of 127.0.0.1.
    package convenience init(to target: Int) {
        self.init(.port(target))
    }

    /// Listens; what comes goes on to the target.
    package init(_ target: Target) {
        shared = Mutex(Shared(target: target))
        (listener, port) = Self.bound()
        listen(listener, 64)
        let box = unsafe Unmanaged.passRetained(CuttableProxyWork(proxy: self)).toOpaque()
        var thread = pthread_t()
        unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<CuttableProxyWork>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box
        )
        pthread_detach(thread)
    }

    /// Changes what becomes of connections, from now on.
    package func set(_ mode: Mode) {
        shared.withLock {
            $0.mode = mode
            if mode == .cut { $0.cuts += 1 }
        }
    }

    /// Whether every cut that was asked for has been made.
    package var hasCut: Bool { shared.withLock { $0.cuts == $0.cutsDone } }

    /// Makes the line slow, from the next bytes on; nil takes it back.
    package func slow(_ slowness: Slowness?) {
        shared.withLock { $0.slowness = slowness }
    }

    /// Leads new connections elsewhere.
    package func redirect(to target: Target) {
        shared.withLock { $0.target = target }
    }

    /// Sets a trap in the place of the one before; nil takes it away.
    package func set(_ trap: Trap?) {
        shared.withLock { ($0.trap, $0.trapNumber, $0.hasSprung) = (trap, $0.trapNumber + 1, false) }
    }

    /// Whether the last trap has done what it should.
    package var hasSprung: Bool { shared.withLock { $0.hasSprung } }

    /// Closes everything.
    package func end() {
        shared.withLock { $0.isEnded = true }
    }

    // MARK: - Sockets

    private static func bound() -> (number: Int32, port: Int) {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            let general = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            unsafe bind(number, general, length)
            unsafe getsockname(number, general, &length)
        }
        return (number, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        return address
    }

    /// Takes a connection and makes the one behind it.
    func accept() -> (near: Int32, far: Int32)? {
        let near = Glibc.accept(listener, nil, nil)
        guard near >= 0 else { return nil }
        // What another thread spawns must not hold it open.
        _ = fcntl(near, F_SETFD, FD_CLOEXEC)
        let far = Self.connect(shared.withLock { $0.target })
        guard far >= 0 else {
            close(near)
            return nil
        }
        return (near, far)
    }

    private static func connect(_ target: Target) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number: Int32
        let result: Int32
        switch target {
        case .port(let port):
            number = socket(AF_INET, kind, 0)
            var address = address(UInt16(port))
            result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                let general = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
                return unsafe Glibc.connect(number, general, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        case .socket(let path):
            number = socket(AF_UNIX, kind, 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
                unsafe bytes.copyBytes(from: Array(path.utf8).prefix(bytes.count - 1))
            }
            result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                let general = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
                return unsafe Glibc.connect(number, general, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            close(number)
            return -1
        }
        return number
    }
}
