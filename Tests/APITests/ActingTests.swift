import Core
import HTTPTypes
import Store
import Testing

/// What the API does.
struct ActingTests {
    @Test func `triggering makes a run and tells where it is`() async throws {
        try await APIHarness.run { api in
            let body = #"{"params": {"region": "amer", "limit": 7}, "logical_date": "2026-08-01T10:00:00+02:00"}"#
            let answer = try await api.post("/dags/sales/runs", body)
            #expect(answer.status == 201)
            #expect(answer.json["id"] == .string("sales/2026-08-01T080000Z-m"))
            #expect(answer[header: "Location"] == "/api/v1/runs/sales/2026-08-01T080000Z-m")
            let run = try await api.get("/runs/sales/2026-08-01T080000Z-m?detail=true").json
            #expect(run["params"]?["limit"] == .string("7"))
            #expect(run["actor"] == .string("token:\(api.name)"))
        }
    }

    @Test func `one key makes one run`() async throws {
        try await APIHarness.run { api in
            let headers = ["Idempotency-Key": "k1"]
            let first = try await api.ask(.post, "/dags/sales/runs", body: "{}", headers: headers)
            let second = try await api.ask(.post, "/dags/sales/runs", body: "{}", headers: headers)
            #expect(first.json["id"] != nil)
            #expect(first.json["id"] == second.json["id"])
        }
    }

    @Test(
        arguments: [
            ("/dags/sales/runs", #"{"param": {}}"#, 400, "Did you mean 'params'?"),
            ("/dags/sales/runs", #"{"params": {"region": "asia"}}"#, 400, "allowed: emea, amer"),
            ("/dags/sales/runs", #"{"params": {"regio": "emea"}}"#, 400, "Did you mean 'region'?"),
            ("/dags/sales/runs", #"{"params": []}"#, 400, "params must be an object"),
            ("/dags/sales/runs", #"{"logical_date": "yesterday"}"#, 400, "must be a time"),
            ("/dags/sales/runs", "[]", 400, "not a JSON object"),
            ("/dags/sales/runs", #"{"params": {}, "params": {}}"#, 400, "twice"),
            ("/dags/salse/runs", "{}", 404, "Did you mean 'sales'?"),
            ("/dags/salse/pause", "{}", 404, "Did you mean 'sales'?"),
            ("/runs/sales/nope/cancel", "{}", 404, "no run 'sales/nope'"),
            ("/runs/sales/latest/tasks/laod/mark", #"{"state": "success"}"#, 404, "Did you mean 'load'?"),
            ("/runs/sales/latest/tasks/load/mark", #"{"state": "running"}"#, 400, "allowed: success, failed, skipped"),
            ("/runs/sales/latest/tasks/load/mark", "{}", 400, "lacks the field 'state'"),
            ("/backfills", #"{"dag": "sales", "from": "2026-08-01"}"#, 400, "lacks the field 'to'"),
            ("/backfills", #"{"dag": "x", "from": "2026-08-01", "to": "2026-08-02"}"#, 404, "no DAG 'x'"),
            ("/backfills", #"{"dag": "sales", "from": "a", "to": "b"}"#, 400, "a"),
            ("/tokens", #"{"name": "a b"}"#, 400, "letters, digits"),
        ]
    )
    func `a wish that cannot be met is refused in a sentence`(
        _ target: String,
        _ body: String,
        _ status: Int,
        _ words: String
    ) async throws {
        try await APIHarness.read { api in
            let answer = try await api.post(target, body)
            #expect(answer.status == status)
            #expect(answer.message.contains(words), "\(answer.message)")
        }
    }

    @Test func `a body that is not declared as JSON is refused`() async throws {
        try await APIHarness.read { api in
            let headers = ["Content-Type": "text/plain"]
            let answer = try await api.ask(.post, "/dags/sales/runs", body: "{}", headers: headers)
            #expect(answer.status == 400)
            #expect(answer.message.contains("application/json"))
        }
    }

    @Test func `a DAG is paused and unpaused`() async throws {
        try await APIHarness.run { api in
            let paused = try await api.post("/dags/sales/pause").json
            #expect(paused["paused"] == .boolean(true))
            #expect(paused["next_tick"] == .null)
            let plan = try await api.post("/dags/sales/unpause", #"{"dry_run": true}"#).json
            #expect(plan["paused"] == .boolean(true) && plan["dry_run"] == .boolean(true))
            #expect(plan["runs"] != nil && plan["skipped"]?["paused"] != nil)
            let unpaused = try await api.post("/dags/sales/unpause").json
            #expect(unpaused["paused"] == .boolean(false))
        }
    }

    @Test func `schedules that a jump of the clock halted are resumed`() async throws {
        try await APIHarness.run { api in
            let early = try await api.post("/schedule/resume")
            #expect(early.status == 409)
            #expect(early.message.contains("not halted"))
            let now = try await api.store.now()
            try await api.store.transaction { try $0.haltSchedules(at: now, jump: .seconds(100_000)) }
            #expect(try await api.post("/schedule/resume").json["halted"] == .boolean(false))
        }
    }

    @Test func `a backfill is paused, resumed and cancelled`() async throws {
        try await APIHarness.run { api in
            _ = try await api.store.transaction { try $0.moveBackfill(1, from: ["done"], to: "running") }
            for (verb, state) in [("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")] {
                let answer = try await api.post("/backfills/1/\(verb)")
                #expect(answer.json["state"] == .string(state))
            }
            let late = try await api.post("/backfills/1/resume")
            #expect(late.status == 409)
            let unknown = try await api.post("/backfills/99/cancel")
            #expect(unknown.status == 404)
        }
    }

    @Test func `clearing is rehearsed, agreed to and done`() async throws {
        try await APIHarness.run { api in
            let wish = #""tasks": ["load"], "downstream": true"#
            let plan = try await api.post("/runs/sales/latest-failed/clear", "{\(wish), \"dry_run\": true}").json
            #expect(plan["tasks"]?.elements.map { $0["id"] } == [.string("load"), .string("report")])
            let failed = try await api.get("/runs/sales/2026-08-21T043000Z").json
            #expect(failed["state"] == .string("failed"))
            let stale = try await api.post("/runs/sales/latest-failed/clear", "{\(wish), \"plan\": \"0\"}")
            #expect(stale.status == 409)
            let hash = try #require(plan["plan"]?.text)
            let done = try await api.post("/runs/sales/latest-failed/clear", "{\(wish), \"plan\": \"\(hash)\"}")
            #expect(done.status == 200, "\(done.message)")
            let cleared = try await api.get("/runs/sales/2026-08-21T043000Z").json
            #expect(cleared["state"] != .string("failed"))
        }
    }

    @Test func `a task is marked, and a run is cancelled`() async throws {
        try await APIHarness.run { api in
            let body = #"{"state": "skipped", "reason": "not today"}"#
            let marked = try await api.post("/runs/sales/latest/tasks/report/mark", body)
            #expect(marked.status == 200, "\(marked.message)")
            #expect(marked.json["items"]?.elements.map { $0["state"] } == [.string("skipped")])
            #expect(try await api.post("/runs/sales/latest/cancel", #"{"reason": "wrong input"}"#).status == 200)
            let over = try await api.post("/runs/sales/2026-08-20T043000Z/cancel")
            #expect(over.status == 409)
        }
    }

    @Test func `a backfill is rehearsed and started`() async throws {
        try await APIHarness.run { api in
            let wish = #""dag": "sales", "from": "2026-08-18", "to": "2026-08-21""#
            let plan = try await api.post("/backfills", "{\(wish), \"dry_run\": true}")
            #expect(plan.status == 200)
            #expect(
                plan.json["runs"]?.elements.map { $0["action"] } == ["create", "create", "leave"].map { .string($0) }
            )
            #expect(plan.json["id"] == .null)
            let done = try await api.post("/backfills", "{\(wish)}")
            #expect(done.status == 201)
            let id = try #require(done.json["id"])
            #expect(try await api.get("/backfills/\(id)").json["state"] == .string("running"))
        }
    }

    @Test func `one who waits for a run hears of its end`() async throws {
        try await APIHarness.run { api in
            async let answer = api.get("/runs/sales/latest?wait=30")
            try await api.change(.endRun)
            #expect(try await answer.json["state"] == .string("success"))
        }
    }

    @Test func `a token is made, counts, and is revoked`() async throws {
        try await APIHarness.run { api in
            let made = try await api.post("/tokens", #"{"name": "ci"}"#)
            #expect(made.status == 201)
            #expect(try await api.post("/tokens", #"{"name": "ci"}"#).status == 409)
            let token = try #require(made.json["token"]?.text)
            #expect(try await api.ask(.get, "/version", token: token).status == 200)
            #expect(try await api.ask(.delete, "/tokens/ci").status == 204)
            #expect(try await api.ask(.get, "/version", token: token).status == 401)
            let again = try await api.ask(.delete, "/tokens/ci")
            #expect(again.status == 404)
            #expect(again.message.contains("There is no token 'ci'"))
        }
    }

    @Test func `a browser cannot make tokens or links`() async throws {
        try await APIHarness.run { api in
            let link = try await api.post("/login-links")
            #expect(link.status == 201)
            let cookie = try await api.cookie(of: try #require(link.json["path"]?.text))
            for target in ["/tokens", "/login-links"] {
                let answer = try await api.askAsBrowser(target, cookie: cookie)
                #expect(answer.status == 403)
            }
        }
    }
}
