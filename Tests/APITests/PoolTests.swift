import Core
import HTTPTypes
import Postgres
import Store
import Testing

/// Pools as the API tells and changes them.
struct PoolTests {
    @Test func `a person's word goes before rota.yaml until it is taken back`() async throws {
        try await APIHarness.run { api in
            try await api.store.transaction { try $0.setPools([(name: "warehouse", slots: 5, order: .fair)]) }
            let larger = try await api.post("/pools/warehouse", #"{"slots": 8, "order": "shortest"}"#)
            #expect(larger.status == 200)
            #expect(larger.json["slots"] == .number("8") && larger.json["order"] == .string("shortest"))
            #expect(larger.json["changed"] == .boolean(true) && larger.json["settings_slots"] == .number("5"))
            try await api.store.transaction { try $0.setPools([(name: "warehouse", slots: 6, order: .fifo)]) }
            #expect(try await api.get("/pools/warehouse").json["slots"] == .number("8"), "a restart changes nothing")
            let back = try await api.ask(.delete, "/pools/warehouse")
            #expect(back.json["removed"] == .boolean(false))
            let pool = try await api.get("/pools/warehouse").json
            #expect(pool["slots"] == .number("6") && pool["order"] == .string("fifo"))
            #expect(pool["changed"] == .boolean(false))
            #expect(try await api.ask(.delete, "/pools/warehouse").status == 403, "the file names it")
        }
    }

    @Test func `a pool that only a person named is made and removed`() async throws {
        try await APIHarness.run { api in
            #expect(try await api.post("/pools/new", #"{"order": "fifo"}"#).status == 400, "its size is missing")
            #expect(try await api.post("/pools/new", #"{"slots": 2}"#).json["order"] == .string("fair"))
            #expect(try await api.post("/pools/new", #"{"order": "deadline"}"#).json["slots"] == .number("2"))
            try await api.store.transaction { try $0.setPools([]) }
            #expect(try await api.get("/pools/new").status == 200, "a restart keeps it")
            #expect(try await api.ask(.delete, "/pools/new").json["removed"] == .boolean(true))
            #expect(try await api.get("/pools/new").status == 404)
            #expect(try await api.ask(.delete, "/pools/new").status == 404)
        }
    }

    @Test(
        arguments: [
            ("/pools/new", #"{"slots": -1}"#, "from 0 to 1000000"), ("/pools/new", "{}", "Say slots"),
            ("/pools/new", #"{"slots": 1, "order": "fast"}"#, "allowed: fifo"),
            ("/pools/a%20b", #"{"slots": 1}"#, "cannot be the name"),
        ]
    )
    func `what is not right is said in a sentence`(_ target: String, _ body: String, _ words: String) async throws {
        try await APIHarness.read { api in
            let answer = try await api.post(target, body)
            #expect(answer.status == 400)
            #expect(answer.message.contains(words), "\(answer.message)")
        }
    }

    @Test func `who holds and who waits is told in order`() async throws {
        try await APIHarness.run { api in
            let sql = """
                UPDATE attempt SET pool = 'warehouse', slots = 3 WHERE state = 'running';
                UPDATE task_instance SET state = 'queued', pool = 'warehouse', queued_at = now(), ended_at = NULL,
                    priority = CASE task_id WHEN 'report' THEN 5 ELSE 0 END
                    WHERE task_id IN ('report', 'clean') AND map_index < 0
                        AND run_id = (SELECT id FROM dag_run WHERE key = '2026-08-22T043000Z');
                """
            try await api.store.pool.withConnection { try await $0.executeScript(sql, name: "queue") }
            let pool = try await api.get("/pools/warehouse").json
            #expect(pool["slots_in_use"] == .number("3") && pool["queued"] == .number("2"))
            #expect(pool["holders"]?.elements.compactMap { $0["task"]?.text } == ["load"])
            #expect(pool["queue"]?.elements.compactMap { $0["task"]?.text } == ["report", "clean"])
        }
    }
}
