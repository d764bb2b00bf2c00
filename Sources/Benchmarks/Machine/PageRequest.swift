import Glibc

/// One request for a page over the server's unix socket, on a connection of its own, as a browser's first one is.
struct PageRequest {
    /// How long the answer took until its last byte, in milliseconds.
    let milliseconds: Double
    let bytes: Int
    /// The head and the beginning of the body.
    let text: String

    /// The most bytes that are kept.
    private static let mostText = 1 << 20

    /// Asks for a path and reads the answer to its end.
    init(_ path: String, socket: String) throws(BenchFailure) {
        let begun = ContinuousClock.now
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(doing: "make a socket", code: errno) }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(socket.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .system(doing: "connect to \(socket)", code: ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else { throw .system(doing: "connect to \(socket)", code: errno) }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard unsafe send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw .system(doing: "send a request", code: errno)
        }
        var kept: [UInt8] = []
        var count = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let part = unsafe recv(descriptor, &buffer, buffer.count, 0)
            guard part >= 0 else { throw .system(doing: "read \(path)", code: errno) }
            if part == 0 { break }
            if kept.count < Self.mostText { kept += buffer[..<part] }
            count += part
        }
        milliseconds = begun.duration(to: .now) / .milliseconds(1)
        bytes = count
        text = String(decoding: kept, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 200") else {
            throw .answer(status: 0, route: path, body: String(text.prefix(300)))
        }
    }
}
