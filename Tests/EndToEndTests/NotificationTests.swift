import Core
import Glibc
import TestKit
import Testing

/// From a failing command to whoever is on call, over deaths of the server and refusals on the way.
struct NotificationTests {
    private static let failing = """
        owner: data-platform
        tasks:
          load: {run: 'echo begin; echo "ERROR: no such table" >&2; exit 3'}
          audit: {run: 'echo "ERROR: no such table" >&2; exit 3'}
        """

    @Test func `one message for one incident, tried until it is taken, also by the next server`() async throws {
        let hook = try WaitingServer()
        let busy = try WaitingServer()
        defer { hook.close() }
        try await Station.with { station in
            let settings = { (port: Int, path: String) in
                """
                public_url: https://rota.example.com
                notifications:
                  - {name: ops, webhook: "http://127.0.0.1:\(port)/\(path)", token_file: \(station.folder)/token}
                  - {name: pager, command: [/bin/sh, -c, 'cat >> \(station.witness)/paged; echo "$ROTA_TEXT" >> \(station.witness)/texts']}
                  - {name: others, webhook: "http://127.0.0.1:\(port)/others", dags: [finance.*]}
                """
            }
            let arguments = [
                "standalone", "--data", station.data, "--dags", station.dags, "--port", "0", "--config",
                station.folder + "/rota.yaml",
            ]
            try station.put("token", "secret\n")
            try station.put("rota.yaml", settings(busy.port, "500"))
            try station.write("sales.yaml", Self.failing)
            let server = try await station.start(arguments)
            try await station.awaitDAG("sales")
            #expect(try await station.rota("trigger", "sales", "--wait").exitCode == 1)
            try await eventually("the refused message") { busy.requests.count >= 1 }
            try await eventually("what became of both messages") {
                let messages = try await station.json("incidents", "list").items.first?["messages"]?.elements ?? []
                let isTaken = messages.first { $0.text("to") == "pager" }?.text("delivered_at") != nil
                return isTaken && messages.first { $0.text("to") == "ops" }?.text("error") != nil
            }
            server.signal(SIGKILL)
            _ = try await server.result()
            busy.close()

            try station.put("rota.yaml", settings(hook.port, "200"))
            _ = try await station.start(arguments)
            try await eventually("the message that is taken") {
                try await station.json("incidents", "list").items.first?["messages"]?.elements
                    .allSatisfy { $0.text("delivered_at") != nil } ?? false
            }
            let request = try #require(hook.requests.first)
            #expect(hook.requests.count == 1, "the other notification is about other DAGs: \(hook.requests)")
            #expect(request.contains("Authorization: Bearer secret"), "\(request)")
            let start = try #require(request.firstRange(of: "\r\n\r\n"), "\(request)")
            let body = try #require(JSONValue(parsing: String(request[start.upperBound...])), "\(request)")
            let code = try #require(body.text("incident"))
            #expect(request.contains("Rota-Delivery: \(code)/ops"), "\(request)")
            #expect(body.text("link") == "https://rota.example.com/x/\(code)")
            #expect(body["failed_tasks"]?.integer == 2 && body["dag"]?.text("owner") == "data-platform", "\(body)")
            #expect(body["cause"]?.text("text") == "ERROR: no such table", "\(body)")
            #expect(station.lines(of: "paged").count == 1, "a command that took it is not asked again")
            let text = try #require(station.lines(of: "texts").first)
            #expect(
                text.contains(
                    "and 1 more failed with exit code 3: ERROR: no such table https://rota.example.com/x/\(code)"
                )
            )

            let ack = try await station.rota("incidents", "ack", code)
            #expect(ack.exitCode == 0, "\(ack)")
            #expect(try await station.json("incidents", "list", "--open").items.isEmpty)
            #expect(try await station.rota("incidents", "mute", code, "--for", "1h").exitCode == 0)
            #expect(try await station.rota("trigger", "sales", "--wait").exitCode == 1)
            try await eventually("the muted incident") {
                try await station.json("incidents", "list").items.first?["muted"] == .boolean(true)
            }
            #expect(hook.requests.count == 1 && station.lines(of: "paged").count == 1)
        }
    }
}
