import Glibc
import Logging
import ServiceLifecycle
import Store
import Testing

@testable import Web

struct ServerTests {
    /// Runs a server on a free port and a socket, lends both to the closure, and shuts it down.
    private func withServer(_ body: @escaping @Sendable (SeededSite, Int, String) async throws -> Void) async throws {
        let socket = "/tmp/rota-web-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        defer { unsafe _ = unlink(socket) }
        try await SeededSite.with { seeded in
            let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
            var configuration = seeded.site.configuration
            configuration.port = 0
            configuration.socketPath = socket
            configuration.onListening = { continuation.yield($0) }
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let server = try WebServer(
                configuration: configuration,
                store: seeded.store,
                operations: seeded.site.operations,
                logger: logger
            )
            let group = ServiceGroup(configuration: .init(services: server.makeServices(), logger: logger))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                for await port in ports {
                    try await body(seeded, port, socket)
                    break
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `the socket trusts its owner, and the port asks for a token`() async throws {
        try await withServer { _, port, socket in
            let request = "GET /dags HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let refused = try await RawConnection(port: port).exchange(request)
            #expect(refused.hasPrefix("HTTP/1.1 401"))
            // The port is ready first; the socket follows.
            var connection: RawConnection?
            while connection == nil {
                connection = try? await RawConnection(path: socket)  // Not there yet.
                await Task.yield()
            }
            let answer = try await #require(connection).exchange(request)
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(answer.contains("sales_daily"))
            var status = stat()
            #expect(unsafe stat(socket, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func `a port that is taken is named in one sentence`() async throws {
        try await withServer { seeded, port, _ in
            var configuration = seeded.site.configuration
            configuration.port = port
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let second = try WebServer(
                configuration: configuration,
                store: seeded.store,
                operations: seeded.site.operations,
                logger: logger
            )
            let error = await #expect(throws: WebServerError.self) { try await second.makeServices()[0].run() }
            #expect(error == .portTaken(host: "127.0.0.1", port: port))
            #expect(
                error?.description
                    == "Port \(port) on 127.0.0.1 is taken by another program. Stop it, or choose another port with --port."
            )
        }
    }

    @Test func `a shutdown ends streams that are being followed`() async throws {
        let (began, continuation) = AsyncStream.makeStream(of: Void.self)
        let (readings, readingContinuation) = AsyncStream.makeStream(of: Task<String, any Error>.self)
        try await withServer { seeded, port, _ in
            let token = try #require(try await seeded.store.createToken(name: "tail"))
            let path = "/dags/finance.ledger/runs/2026-08-21T020000Z-m/tasks/load/a1/log/events?from=0&line=1"
            let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n\r\n"
            // It goes on reading while the server is told to stop.
            let reading = Task {
                try await RawConnection(port: port).exchange(request) { text in
                    if text.contains("event: lines") { continuation.yield() }
                }
            }
            readingContinuation.yield(reading)
            for await _ in began { break }
        }
        for await reading in readings {
            let text = try await reading.value
            #expect(text.contains("<li id=\"L2\">loading part 1</li>"))
            #expect(text.lowercased().contains("x-accel-buffering: no"))
            break
        }
    }
}
