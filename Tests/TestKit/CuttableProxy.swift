import Glibc
import Synchronization

/// A TCP proxy on a free port of 127.0.0.1 that a test can cut and freeze, for as long as the object lives.
package final class CuttableProxy: Sendable {
    /// What becomes of connections.
    package enum Mode: Sendable {
        /// Bytes go through in both directions.
        case open
        /// All connections are reset, and new ones too.
        case cut
        /// Connections stay, and nothing goes through.
        case frozen
    }

    /// Where it listens.
    package let port: Int
    private let target: UInt16
    private let listener: Int32
    private let mode = Mutex(Mode.open)
    private let isEnded = Mutex(false)

    /// A port of 127.0.0.1 that nobody listens at now.
    package static func freePort() -> Int {
        let (number, port) = bound()
        close(number)
        return port
    }

    /// Listens; what comes goes on to a port of 127.0.0.1.
    package init(to target: Int) {
        self.target = UInt16(target)
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
        self.mode.withLock { $0 = mode }
    }

    /// Closes everything.
    package func end() {
        isEnded.withLock { $0 = true }
    }

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

    fileprivate static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        return address
    }

    fileprivate var present: (mode: Mode, isEnded: Bool) {
        (mode.withLock { $0 }, isEnded.withLock { $0 })
    }

    fileprivate func accept() -> (near: Int32, far: Int32)? {
        let near = Glibc.accept(listener, nil, nil)
        guard near >= 0 else { return nil }
        // What another thread spawns must not hold it open.
        _ = fcntl(near, F_SETFD, FD_CLOEXEC)
        let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = Self.address(target)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            let general = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            return unsafe connect(far, general, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
        guard result == 0 else {
            close(near)
            close(far)
            return nil
        }
        return (near, far)
    }

    fileprivate var listening: Int32 { listener }
}

/// What the proxy's thread does.
private final class CuttableProxyWork {
    private let proxy: CuttableProxy
    /// Each socket with the one at its other side.
    private var others: [Int32: Int32] = [:]

    init(proxy: CuttableProxy) {
        self.proxy = proxy
    }

    func run() {
        while true {
            let (mode, isEnded) = proxy.present
            if isEnded { break }
            if mode == .cut { closeAll() }
            let sockets = mode == .open ? Array(others.keys) : []
            var polled = ([proxy.listening] + sockets).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard unsafe poll(&polled, nfds_t(polled.count), 20) > 0 else { continue }
            for entry in polled where entry.revents != 0 {
                if entry.fd == proxy.listening {
                    guard let (near, far) = proxy.accept() else { continue }
                    (others[near], others[far]) = (far, near)
                } else {
                    pass(entry.fd)
                }
            }
        }
        closeAll()
        close(proxy.listening)
    }

    private func pass(_ from: Int32) {
        guard let to = others[from] else { return }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe recv(from, &buffer, buffer.count, 0)
        var sent = 0
        while sent < count {
            let more = unsafe buffer.withUnsafeBytes { bytes in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[sent..<count])
                return unsafe send(to, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard more > 0 else { break }
            sent += more
        }
        if count <= 0 || sent < count { end(from, to) }
    }

    private func end(_ left: Int32, _ right: Int32) {
        for number in [left, right] {
            others[number] = nil
            close(number)
        }
    }

    private func closeAll() {
        for number in others.keys { close(number) }
        others.removeAll()
    }
}
