import Glibc

/// One connection to the server's API, kept open, over its unix socket.
///
/// It speaks just enough HTTP for answers that state their length, so that what is measured is the server.
final class APISocket {
    private let descriptor: Int32

    init(path: String) throws(BenchFailure) {
        descriptor = try Self.open(path: path)
    }

    /// Connects to a unix socket; whoever calls closes it.
    static func open(path: String) throws(BenchFailure) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(doing: "make a socket", code: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .system(doing: "connect to \(path)", code: ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else {
            let error = errno
            close(descriptor)
            throw .system(doing: "connect to \(path)", code: error)
        }
        return descriptor
    }

    deinit { close(descriptor) }

    /// Sends a JSON body; returns the answer's body.
    func post(_ route: String, _ body: String = "{}") throws(BenchFailure) -> String {
        let request = """
            POST /api/v1/\(route) HTTP/1.1\r
            Host: localhost\r
            Accept: application/json\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """
        try send(Array(request.utf8))
        let (status, answer) = try receive(route)
        guard (200..<300).contains(status) else { throw .answer(status: status, route: route, body: answer) }
        return answer
    }

    /// Asks for something; returns the answer's head and its body.
    func get(_ route: String) throws(BenchFailure) -> (head: String, body: String) {
        let request = "GET /api/v1/\(route) HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try send(Array(request.utf8))
        let (status, head, body) = try receiveWhole(route)
        guard status == 200 else { throw .answer(status: status, route: route, body: body) }
        return (head, body)
    }

    /// What a head says under a name; nil: nothing.
    static func header(_ name: String, in head: String) -> String? {
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix(name + ":") {
            return String(line.dropFirst(name.utf8.count + 1).drop { $0 == " " })
        }
        return nil
    }

    private func send(_ bytes: [UInt8]) throws(BenchFailure) {
        guard unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw .system(doing: "send a request", code: errno)
        }
    }

    private func receive(_ route: String) throws(BenchFailure) -> (status: Int, body: String) {
        let (status, _, body) = try receiveWhole(route)
        return (status, body)
    }

    private func receiveWhole(_ route: String) throws(BenchFailure) -> (status: Int, head: String, body: String) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var wanted: (head: Int, total: Int)?
        while wanted.map({ bytes.count < $0.total }) ?? true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            let code = count == 0 ? ECONNRESET : errno
            guard count > 0 else { throw .system(doing: "read the answer to \(route)", code: code) }
            bytes += buffer[..<count]
            if wanted == nil, let head = Self.headLength(bytes) {
                wanted = (head, head + (Self.contentLength(String(decoding: bytes[..<head], as: UTF8.self)) ?? 0))
            }
        }
        let head = wanted?.head ?? 0
        let text = String(decoding: bytes[..<head], as: UTF8.self)
        let words = text.split(separator: " ", maxSplits: 2)
        let status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        return (status, text, String(decoding: bytes[head...], as: UTF8.self))
    }

    /// Up to and with the empty line.
    static func headLength(_ bytes: [UInt8]) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.count >= end.count else { return nil }
        for start in 0...(bytes.count - end.count) where bytes[start..<(start + 4)].elementsEqual(end) {
            return start + end.count
        }
        return nil
    }

    /// The length that a head states; nil: none.
    static func contentLength(_ head: String) -> Int? {
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length:") {
            return Int(line.drop { $0 != ":" }.dropFirst().drop { $0 == " " })
        }
        return nil
    }
}
