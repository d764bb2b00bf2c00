import Core
import HTTPTypes
import Postgres
import Store
import Testing

/// Processes that outlived their attempts, as the API tells of them and has them ended.
struct StrayTests {
    @Test func `strays are listed with where they came from, and ended on a person's word alone`() async throws {
        try await APIHarness.run { api in
            #expect(try await api.get("/runners/local/strays").json["items"] == .array([]))
            let rows = try await api.store.pool.execute(
                Statement(name: "some_attempt", sql: "SELECT id FROM attempt ORDER BY id LIMIT 1"),
                []
            )
            let attempt: AttemptID = try #require(try rows.first?.decode(0))
            let strays = [
                Stray(processID: 4711, name: "sleep", attempt: attempt),
                Stray(processID: 4712, name: "cat", attempt: nil),
            ]
            try await api.store.transaction { try $0.setStrays(runner: "local", strays) }
            let listed = try await api.get("/runners/local/strays")
            #expect(listed.status == 200)
            guard case .array(let items) = listed.json["items"], items.count == 2 else {
                Issue.record("unexpected: \(listed.json)")
                return
            }
            #expect(items.map { $0["process_id"] } == [.number("4711"), .number("4712")])
            #expect(items[0]["task"] != .null && items[1]["task"] == .null)
            #expect(items[0]["reap_requested_at"] == .null)
            #expect(try await api.store.perform { try $0.reapRequests(runner: "local") } == [])
            #expect(try await api.post("/runners/local/reap", #"{"process": 4712}"#).json["asked"] == .number("1"))
            #expect(try await api.store.perform { try $0.reapRequests(runner: "local") } == [4712])
            #expect(try await api.post("/runners/local/reap", "{}").json["asked"] == .number("2"))
            // What was listed again is the same line; a number with another name is another one.
            try await api.store.transaction {
                try $0.setStrays(
                    runner: "local",
                    [strays[0], Stray(processID: 4712, name: "other", attempt: nil)]
                )
            }
            #expect(try await api.store.perform { try $0.reapRequests(runner: "local") } == [4711])
            try await api.store.transaction { try $0.setStrays(runner: "local", []) }
            #expect(try await api.post("/runners/local/reap", "{}").json["asked"] == .number("0"))
            #expect(try await api.post("/runners/local/reap", #"{"process": 4712}"#).status == 409)
            #expect(try await api.post("/runners/none/reap", "{}").status == 404)
            #expect(try await api.get("/runners/none/strays").status == 404)
        }
    }
}
