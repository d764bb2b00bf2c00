import Glibc

/// Listens on a port of the loopback and gives whoever connects first the same answer.
final class OneAnswerServer {
    let port: Int
    private let listener: Int32

    init(_ answer: String) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(listener, address, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard listener >= 0, isBound else { throw TemporaryFolder.Failure(what: "bind") }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        let bytes = Array(answer.utf8)
        let thread = AnswerThread { [listener] in
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            // Closed before all of the request has come, the connection would be reset.
            var request: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while !request.reversed().starts(with: [10, 13, 10, 13]) {
                let count = unsafe read(connection, &buffer, 4_096)
                guard count > 0 else { break }
                request += buffer[..<count]
            }
            _ = unsafe write(connection, bytes, bytes.count)
            close(connection)
        }
        thread.start()
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}

/// A thread that runs one closure.
private final class AnswerThread: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    func start() {
        let box = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<AnswerThread>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            box.toOpaque()
        )
        if code == 0 { pthread_detach(thread) } else { unsafe box.release() }
    }
}
