import Core
import Postgres
import Store
import Testing

/// Operators' verbs over the API: dry runs, plans, counts, and what is recorded.
struct VerbTests {
    @Test func `a mark and a cancel are rehearsed without a trace, and done as planned`() async throws {
        try await APIHarness.run { api in
            let before = try await api.get("/runs/sales/latest?detail=true").json
            let plan = try await api.post(
                "/runs/sales/latest/tasks/report/mark",
                #"{"state": "skipped", "dry_run": true}"#
            ).json
            #expect(plan["dry_run"] == .boolean(true) && plan["state"] == .string("running"))
            #expect(plan["tasks"]?.elements.map { $0["id"] } == [.string("report")])
            #expect(plan["tasks"]?.elements.map { $0["new_state"] } == [.string("skipped")])
            let cancel = try await api.post("/runs/sales/latest/cancel", #"{"dry_run": true}"#).json
            let ended = cancel["tasks"]?.elements.filter { $0["new_state"] == .string("cancelled") }
            #expect(ended?.map { $0["id"] } == [.string("report")])
            #expect(try await api.get("/runs/sales/latest?detail=true").json == before)
            let hash = try #require(cancel["plan"]?.text)
            let stale = try await api.post("/runs/sales/latest/cancel", #"{"plan": "0"}"#)
            #expect(stale.status == 409)
            let done = try await api.post(
                "/runs/sales/latest/cancel",
                "{\"plan\": \"\(hash)\", \"reason\": \"wrong input\"}"
            )
            #expect(done.status == 200, "\(done.message)")
            let deed = try await api.get("/runs/sales/latest?detail=true").json["deeds"]?.elements.first
            #expect(deed?["verb"] == .string("cancel") && deed?["reason"] == .string("wrong input"))
            #expect(deed?["actor"] == .string("token:\(api.name)"))
            let late = try await api.post("/runs/sales/latest/tasks/report/cancel", #"{"dry_run": true}"#)
            #expect(late.status == 409)
        }
    }

    @Test func `tasks of several runs are cleared by date, as planned and with their number`() async throws {
        try await APIHarness.run { api in
            let wish = #""from": "2026-08-20", "to": "2026-08-22", "tasks": ["load"], "downstream": true"#
            let plan = try await api.post("/dags/sales/clear", "{\(wish), \"dry_run\": true}").json
            #expect(plan["count"] == .number("4"))
            #expect(
                plan["runs"]?.elements.map { $0["run"] } == [
                    .string("sales/2026-08-20T043000Z"), .string("sales/2026-08-21T043000Z"),
                ]
            )
            let wrong = try await api.post("/dags/sales/clear", "{\(wish), \"count\": 3}")
            #expect(wrong.status == 409)
            #expect(wrong.message.contains("about 4 tasks, not 3"), "\(wrong.message)")
            let hash = try #require(plan["plan"]?.text)
            let done = try await api.post("/dags/sales/clear", "{\(wish), \"plan\": \"\(hash)\", \"count\": 4}")
            #expect(done.status == 200, "\(done.message)")
            #expect(try await api.post("/dags/sales/clear", "{\(wish), \"plan\": \"\(hash)\"}").status == 409)
            #expect(try await api.post("/dags/sales/clear", #"{"from": "2026-08-20"}"#).status == 400)
            #expect(try await api.post("/dags/salse/clear", #"{"from": "a", "to": "b"}"#).status == 404)
        }
    }

    @Test func `a run runs again by its own version, or by the one in force with the difference told`() async throws {
        try await APIHarness.run { api in
            let run = "/runs/sales/2026-08-21T043000Z/rerun"
            #expect(try await api.post(run, "{}").status == 400)
            #expect(try await api.post(run, #"{"mode": "as_ever"}"#).status == 400)
            let newer = """
                INSERT INTO dag_version (dag_id, number, source, hash) SELECT dag_id, 2,
                    convert_to(replace(convert_from(source, 'UTF8'), 'report:', 'summary:'), 'UTF8'), sha256('2')
                FROM dag_version v JOIN dag d ON d.id = v.dag_id WHERE d.name = 'sales';
                UPDATE dag SET version_id = v.id FROM dag_version v
                WHERE v.dag_id = dag.id AND v.number = 2 AND dag.name = 'sales';
                """
            try await api.store.perform { try $0.executeScript(newer, name: "newer") }
            let plan = try await api.post(run, #"{"mode": "as_it_is_now", "dry_run": true}"#).json
            #expect(plan["version"] == .number("1") && plan["new_version"] == .number("2"))
            let changes = plan["tasks"]?.elements.map { "\($0["id"]?.text ?? "") \($0["change"]?.text ?? "")" }
            #expect(changes == ["extract same", "load same", "summary added", "clean same", "report removed"])
            #expect(plan["diff"]?.text?.contains("\n-  report:") ?? false, "\(plan["diff"]?.text ?? "")")
            #expect(plan["diff"]?.text?.contains("\n+  summary:") ?? false)
            let was = try await api.post(run, #"{"mode": "as_it_was", "dry_run": true}"#).json
            #expect(was["new_version"] == .number("1") && was["diff"] == .string(""))
            let hash = try #require(plan["plan"]?.text)
            let wrong = try await api.post(run, "{\"mode\": \"as_it_was\", \"plan\": \"\(hash)\"}")
            #expect(wrong.status == 409)
            let done = try await api.post(
                run,
                "{\"mode\": \"as_it_is_now\", \"plan\": \"\(hash)\", \"reason\": \"mended\"}"
            )
            #expect(done.status == 200, "\(done.message)")
            let after = try await api.get("/runs/sales/2026-08-21T043000Z?detail=true").json
            #expect(after["version"] == .number("2"))
            #expect(after["deeds"]?.elements.first?["detail"]?["to_version"] == .string("2"))
            let states = after["tasks"]?.elements.filter { $0["id"] == .string("report") }.map { $0["state"] }
            #expect(states == [.string("removed")])
            let under = try await api.post("/runs/sales/latest/rerun", #"{"mode": "as_it_was"}"#)
            #expect(under.status == 409 && under.message.contains("has not ended"), "\(under.message)")
        }
    }

    @Test func `a pause tells what it holds back, and keeps who and why`() async throws {
        try await APIHarness.run { api in
            let plan = try await api.post("/dags/sales/pause", #"{"dry_run": true}"#).json
            #expect(plan["next_run"] == .string("2099-08-23T04:30:00.000000Z"))
            #expect(plan["running_runs"] == .number("1") && plan["paused"] == .boolean(false))
            let hash = try #require(plan["plan"]?.text)
            #expect(try await api.post("/dags/sales/pause", #"{"plan": "0"}"#).status == 409)
            let done = try await api.post("/dags/sales/pause", "{\"plan\": \"\(hash)\", \"reason\": \"moving\"}").json
            #expect(done["deeds"]?.elements.first?["reason"] == .string("moving"))
            let resume = try await api.post("/dags/sales/unpause", #"{"dry_run": true}"#).json
            let again = try await api.post("/dags/sales/unpause", "{\"plan\": \"\(resume["plan"]?.text ?? "")\"}")
            #expect(again.json["paused"] == .boolean(false), "\(again.message)")
        }
    }

    @Test func `a backfill is made as planned or not at all`() async throws {
        try await APIHarness.run { api in
            let wish = #""dag": "sales", "from": "2026-08-18", "to": "2026-08-21""#
            let plan = try await api.post("/backfills", "{\(wish), \"dry_run\": true}").json
            #expect(try await api.post("/backfills", "{\(wish), \"plan\": \"0\"}").status == 409)
            let done = try await api.post("/backfills", "{\(wish), \"plan\": \"\(plan["plan"]?.text ?? "")\"}")
            #expect(done.status == 201, "\(done.message)")
        }
    }
}
