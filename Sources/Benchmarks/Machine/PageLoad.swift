import Glibc

/// Several clients that ask for one page again and again, each on a connection of its own, in one thread.
struct PageLoad {
    /// Milliseconds from each request to the last byte of its answer.
    private(set) var times = Samples()
    private(set) var perSecond = 0.0
    /// The bytes of an answer's body.
    private(set) var bytes = 0

    private struct Client {
        var descriptor: Int32
        var sent = ContinuousClock.now
        var received: [UInt8] = []
        var wanted: Int?
    }

    /// Asks so many times, after a few times that do not count.
    static func measure(
        _ server: MeasuredServer,
        _ route: String,
        clients: Int,
        requests: Int,
        gzip: Bool = false
    ) throws(BenchFailure) -> PageLoad {
        var load = PageLoad()
        try load.ask(server, route, clients: clients, requests: max(clients, requests / 10), gzip: gzip)
        load.times = Samples()
        let begun = ContinuousClock.now
        try load.ask(server, route, clients: clients, requests: requests, gzip: gzip)
        load.perSecond = Double(requests) / (begun.duration(to: .now) / .seconds(1))
        return load
    }

    private mutating func ask(
        _ server: MeasuredServer,
        _ route: String,
        clients count: Int,
        requests: Int,
        gzip: Bool
    ) throws(BenchFailure) {
        let coding = gzip ? "Accept-Encoding: gzip\r\n" : ""
        let request = Array("GET \(route) HTTP/1.1\r\nHost: localhost\r\n\(coding)\r\n".utf8)
        var clients: [Client] = []
        defer { for client in clients { close(client.descriptor) } }
        for _ in 0..<count {
            clients.append(Client(descriptor: try APISocket.open(path: server.data + "/rota.sock")))
        }
        var (sent, answered) = (0, 0)
        for index in clients.indices where sent < requests {
            try Self.send(request, &clients[index])
            sent += 1
        }
        while answered < requests {
            var polled = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard unsafe poll(&polled, nfds_t(polled.count), 10_000) > 0 else {
                throw .tooLong(what: "the answer to \(route)", seconds: 10)
            }
            for index in clients.indices where polled[index].revents != 0 {
                guard try Self.receive(&clients[index], route) else { continue }
                times.add(clients[index].sent.duration(to: .now) / .milliseconds(1))
                bytes = clients[index].wanted ?? 0
                answered += 1
                guard sent < requests else { continue }
                try Self.send(request, &clients[index])
                sent += 1
            }
        }
    }

    private static func send(_ request: [UInt8], _ client: inout Client) throws(BenchFailure) {
        (client.sent, client.received, client.wanted) = (.now, [], nil)
        guard unsafe Glibc.send(client.descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
        else { throw .system(doing: "send a request", code: errno) }
    }

    /// Takes what has come; returns whether the answer is whole.
    private static func receive(_ client: inout Client, _ route: String) throws(BenchFailure) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe recv(client.descriptor, &buffer, buffer.count, 0)
        let code = count == 0 ? ECONNRESET : errno
        guard count > 0 else { throw .system(doing: "read the answer to \(route)", code: code) }
        client.received += buffer[..<count]
        guard let head = APISocket.headLength(client.received) else { return false }
        let text = String(decoding: client.received[..<head], as: UTF8.self)
        let status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) } ?? 0
        if text.lowercased().contains("transfer-encoding: chunked") {
            // Its end is a chunk of nothing.
            guard client.received.suffix(5).elementsEqual("0\r\n\r\n".utf8) else { return false }
            client.wanted = client.received.count - head
        } else {
            let length = APISocket.contentLength(text) ?? 0
            client.wanted = length
            guard client.received.count >= head + length else { return false }
        }
        guard status == 200 else {
            throw .answer(status: status, route: route, body: String(decoding: client.received[head...], as: UTF8.self))
        }
        return true
    }
}
