import Core
import Postgres
import Store
import Testing

struct ExpiryTests {
    @Test func `a run that was removed is expired, and one that never was is not found`() async throws {
        try await APIHarness.run { api in
            let sql =
                "INSERT INTO retention (runs_before, logs_before) VALUES ('2026-08-01T00:00:00Z', '2026-09-01T00:00:00Z')"
            try await api.store.pool.withConnection { try await $0.executeScript(sql, name: "retention") }
            let gone = try await api.get("/runs/sales/2026-07-20T043000Z")
            #expect(gone.status == 410)
            #expect(gone.json["error"]?["kind"] == .string("expired"))
            #expect(gone.message.contains("runs that ended before 2026-08-01T00:00:00Z were removed"))
            #expect(try await api.get("/runs/sales/2026-08-02T043000Z").status == 404)
            #expect(try await api.get("/runs/sales/nonsense").status == 404)
        }
    }

    @Test func `a log that was removed is expired, and its attempt is still told`() async throws {
        try await APIHarness.run { api in
            let sql = "DELETE FROM attempt_log"
            try await api.store.pool.withConnection { try await $0.executeScript(sql, name: "logs") }
            let log = try await api.get("/runs/sales/latest-failed/tasks/load/attempts/2/log")
            #expect(log.status == 410)
            #expect(log.message.contains("has expired"))
            #expect(try await api.get("/runs/sales/latest-failed/tasks/load").status == 200)
        }
    }
}
