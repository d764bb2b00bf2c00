import Core
import Glibc
import TestKit
import Testing

/// Tasks that make HTTP requests.
struct RequestTests {
    private static func with(
        isOpen: Bool = true,
        _ body: (Station, WaitingServer) async throws -> Void
    ) async throws {
        try await Station.with { station in
            let server = try WaitingServer(isOpen: isOpen)
            defer { server.close() }
            try await body(station, server)
        }
    }

    @Test func `a request goes out as the file says, and the answer is the log`() async throws {
        try await Self.with { station, server in
            let dag = """
                params: {city: {default: "Köln & Bonn"}}
                tasks:
                  ask:
                    http:
                      method: POST
                      url: "http://127.0.0.1:\(server.port)/a?city={{ params.city }}"
                      headers: {X-Run: "{{ run.id }}"}
                      body: "city: {{ params.city }}"
                  fetch: {needs: ask, http: {url: "http://127.0.0.1:\(server.port)/204", expect: [204]}}
                """
            _ = try await station.start(["asks.yaml": dag])
            let run = try await station.trigger("asks")
            let document = try await station.awaitRun(run, "success")
            #expect(document.task("ask")?["attempts"]?.elements.first?.text("runner") == "the server")
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("POST /a?city=K%C3%B6ln%20%26%20Bonn HTTP/1.1\r\n"))
            #expect(request.lowercased().contains("x-run: \(run.lowercased())\r\n"), "\(request)")
            #expect(request.hasSuffix("\r\n\r\ncity: Köln & Bonn"))
            let log = try await station.rota("logs", run, "ask").text
            #expect(log.contains("HTTP/1.1 200 OK\n") && log.contains("\nanswer to /a?city="), "\(log)")
        }
    }

    @Test func `an answer that was not expected fails the task, which is tried again as often as it may`() async throws
    {
        try await Self.with { station, server in
            let dag = """
                tasks:
                  ask: {retries: {limit: 1, delay: 0s}, http: {url: "http://127.0.0.1:\(server.port)/503"}}
                  nobody: {http: {url: "http://127.0.0.1:1/"}}
                """
            _ = try await station.start(["fails.yaml": dag])
            let run = try await station.trigger("fails")
            let document = try await station.awaitRun(run, "failed")
            #expect(server.requests.count == 2)
            let attempts = document.task("ask")?["attempts"]?.elements ?? []
            #expect(attempts.map { $0.text("state") } == ["failed", "failed"])
            #expect(attempts.last?["exit_code"] == .null)
            let reason = "the answer is 503 Service Unavailable, expected is 2xx"
            #expect(try await station.reasons("ask", of: run) == [reason, reason])
            let refusal = try await station.reasons("nobody", of: run).first ?? ""
            #expect(refusal.contains("Connection refused"), "\(refusal)")
        }
    }

    @Test func `when the server is killed, only what may be repeated is made again`() async throws {
        try await Self.with(isOpen: false) { station, server in
            let dag = """
                tasks:
                  read: {http: {url: "http://127.0.0.1:\(server.port)/read"}}
                  pay: {http: {method: POST, url: "http://127.0.0.1:\(server.port)/pay"}, retries: 3}
                """
            let first = try await station.start(["pays.yaml": dag])
            let run = try await station.trigger("pays")
            try await eventually("both requests") { server.requests.count == 2 }
            first.signal(SIGKILL)
            _ = try await first.result()
            server.open()
            _ = try await station.start()
            try await station.awaitRun(run, "failed")
            #expect(try await station.attempts("read", of: run) == ["lost", "success"])
            #expect(try await station.attempts("pay", of: run) == ["unknown"])
            let reason = try await station.reasons("pay", of: run).first ?? ""
            #expect(reason.contains("it may have been made, and is not made twice"), "\(reason)")
            #expect(server.requests.count { $0.hasPrefix("POST /pay") } == 1)
            #expect(server.requests.count { $0.hasPrefix("GET /read") } == 2)
        }
    }

    @Test func `a request under way can be cancelled, and has its time`() async throws {
        try await Self.with(isOpen: false) { station, server in
            let dag = """
                tasks:
                  slow: {timeout: 1s, allow_failure: true, http: {url: "http://127.0.0.1:\(server.port)/slow"}}
                  endless: {http: {url: "http://127.0.0.1:\(server.port)/endless"}}
                """
            _ = try await station.start(["waits.yaml": dag])
            let run = try await station.trigger("waits")
            try await eventually("both requests") { server.requests.count == 2 }
            try await eventually("the end of its time") { try await station.attempts("slow", of: run) == ["timed_out"] }
            #expect(try await station.rota("runs", "cancel", run).exitCode == 0)
            try await station.awaitRun(run, "cancelled")
            #expect(try await station.attempts("endless", of: run) == ["cancelled"])
        }
    }

    @Test func `many requests are under way at once`() async throws {
        try await Self.with(isOpen: false) { station, server in
            let tasks = (1...100).map { "  t\($0): {http: {url: \"http://127.0.0.1:\(server.port)/t\($0)/now\"}}" }
            let dag = "max_active_tasks: 100\ntasks:\n" + tasks.joined(separator: "\n")
            _ = try await station.start(["many.yaml": dag])
            let run = try await station.trigger("many")
            try await eventually("a hundred requests") { server.requests.count == 100 }
            server.open()
            try await station.awaitRun(run, "success")
            #expect(server.requests.count == 100)
        }
    }

    @Test func `a test run makes requests too`() async throws {
        try await Self.with { station, server in
            try station.put("one.yaml", "tasks: {ask: {http: {url: \"http://127.0.0.1:\(server.port)/x\"}}}")
            let result = try await station.bare(["test", station.folder + "/one.yaml"])
            #expect(result.exitCode == 0, "\(result)")
            #expect(server.requests.count == 1)
        }
    }
}

extension Station {
    /// Why a task's attempts ended, in order.
    fileprivate func reasons(_ task: String, of run: String) async throws -> [String] {
        let tasks = try await json("tasks", "list", run).items
        return (tasks.first { $0.text("id") == task }?["attempts"]?.elements ?? []).compactMap { $0.text("reason") }
    }
}
