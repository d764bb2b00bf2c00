import Glibc
import Synchronization

/// An HTTP server of a test: it notes each request and answers it when the test has opened the gate.
///
/// A path that ends in a number is answered with that status, any other one with 200.
final class WaitingServer: Sendable {
    let port: Int
    private let listener: Int32
    private let seen = Mutex<[String]>([])
    private let gate = Mutex(false)

    /// The requests so far: heads and bodies, as they came.
    var requests: [String] { seen.withLock { $0 } }

    init(isOpen: Bool = true) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(listener, address, length) == 0 && listen(listener, 256) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard listener >= 0, isBound else { throw StationError.failed("no port on the loopback") }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        gate.withLock { $0 = isOpen }
        Self.detach { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Self.detach { self.serve(connection) }
            }
        }
    }

    /// Lets every request be answered, those that wait and those to come.
    func open() { gate.withLock { $0 = true } }

    /// Ends it; what waits is cut off.
    func close() {
        gate.withLock { $0 = true }
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private func serve(_ connection: Int32) {
        defer { Glibc.close(connection) }
        guard let request = Self.read(connection) else { return }
        seen.withLock { $0.append(request) }
        while !gate.withLock({ $0 }) { usleep(2_000) }
        let path = request.split(separator: " ").dropFirst().first ?? ""
        let status = Int(path.suffix(3)) ?? 200
        let body = "answer to \(path)\n"
        let answer =
            "HTTP/1.1 \(status) Said So\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        let bytes = Array(answer.utf8)
        _ = unsafe send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// A request's head and as much body as it announces.
    private static func read(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound].lowercased()
                let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).filter(\.isNumber)) }
                if text[end.upperBound...].utf8.count >= length ?? 0 { return text }
            }
            let count = unsafe Glibc.read(connection, &buffer, buffer.count)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }

    private static func detach(_ body: @escaping @Sendable () -> Void) {
        let box = unsafe Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        if code == 0 { pthread_detach(thread) } else { unsafe box.release() }
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
