import Glibc

/// A server on 127.0.0.1, and how to speak to it as browsers and strangers do: by HTTP/1.1 as it is on the wire.
struct ServerAddress {
    let port: UInt16
    /// The path of the one-time link.
    let link: String

    /// Reads the line with which a server says that it is ready.
    init(ready line: String) throws(StationError) {
        let parts = line.split(separator: "/", maxSplits: 2)
        guard line.hasPrefix("ready http://127.0.0.1:"), parts.count == 3, let colon = parts[1].lastIndex(of: ":"),
            let port = UInt16(parts[1][parts[1].index(after: colon)...])
        else { throw .failed("no address in '\(line)'") }
        self.port = port
        link = "/" + parts[2]
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Asks once; `Host` is the right one unless the headers name another.
    func ask(
        _ method: String = "GET",
        _ path: String,
        _ headers: [String: String] = [:],
        body: String = ""
    ) throws -> HTTPAnswer {
        let usual = ["Host": "127.0.0.1:\(port)", "Connection": "close", "Content-Length": "\(body.utf8.count)"]
        let all = usual.merging(headers) { $1 }
        let lines = ["\(method) \(path) HTTP/1.1"] + all.map { "\($0.key): \($0.value)" }
        return try HTTPAnswer(wire: exchange(Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)))
    }

    private func exchange(_ request: [UInt8]) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw StationError.failed("no socket") }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw StationError.failed("nothing listens at \(url)") }
        guard unsafe send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw StationError.failed("the request was not sent")
        }
        var answer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe recv(descriptor, &part, part.count, 0)
            guard count >= 0 else { throw StationError.failed("no answer from \(url)") }
            guard count > 0 else { return answer }
            answer += part[..<count]
        }
    }
}

/// An answer, of which only what tests ask for is understood.
struct HTTPAnswer: CustomStringConvertible {
    let status: Int
    /// By names in lower case.
    let headers: [String: String]
    /// With the marks of chunks, where it came in such.
    let body: String

    init(wire: [UInt8]) throws(StationError) {
        let text = String(decoding: wire, as: UTF8.self)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        guard let words = lines.first?.split(separator: " "), words.count >= 2, let status = Int(words[1]),
            let end = lines.firstIndex(of: "")
        else { throw .failed("no HTTP answer: \(text.prefix(200))") }
        self.status = status
        var headers: [String: String] = [:]
        for line in lines[1..<end] {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        self.headers = headers
        body = lines[(end + 1)...].joined(separator: "\r\n")
    }

    /// The name and value of the cookie that it sets.
    var cookie: String? { headers["set-cookie"].map { String($0.prefix { $0 != ";" }) } }

    var description: String { "\(status) \(headers)\n\(body.prefix(2_000))" }
}
