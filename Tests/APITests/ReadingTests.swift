import Core
import Testing

/// What the API tells.
struct ReadingTests {
    @Test(
        arguments: [
            "/version", "/health", "/openapi.json", "/dags", "/dags?retired=true", "/dags/sales", "/dags/old",
            "/dags/sales/ticks", "/dags/sales/ticks?from=2026-08-01T00:00:00Z&to=2026-09-01T00:00:00Z&limit=1",
            "/dags/sales/versions", "/dags/sales/versions/1/source", "/runs", "/runs?dag=sales", "/runs?state=failed",
            "/runs?state=queued,running", "/runs?dag=sales&state=success", "/runs/sales/2026-08-21T043000Z",
            "/runs/sales/latest", "/runs/sales/latest-failed", "/runs/sales/latest?detail=true",
            "/runs/sales/latest-failed?detail=true", "/runs/sales/latest/tasks",
            "/runs/sales/latest/tasks?state=waiting",
            "/pools/warehouse", "/runs/sales/latest/why", "/runs/sales/latest-failed/why",
            "/runs/sales/latest/tasks/load/why",
            "/dags/sales/why",
            "/dags/old/why", "/runs/sales/latest/tasks/load", "/runs/sales/2026-08-20T043000Z/tasks/clean",
            "/runs/sales/latest-failed/tasks/load/attempts/2/log",
            "/runs/sales/latest-failed/tasks/load/attempts/latest/log", "/backfills", "/backfills/1", "/runners",
            "/runners/local", "/runners/local/strays", "/join-tokens",
            "/pools",
            "/files", "/tokens", "/search?q=sal", "/search?q=2026-08", "/search?q=sales/2026&limit=1", "/failures",
            "/failures?limit=1", "/failures/1", "/failures/2?limit=1",
        ]
    )
    func `every reading answers as described`(_ target: String) async throws {
        try await APIHarness.read { api in
            let answer = try await api.get(target)
            #expect(answer.status == 200)
        }
    }

    @Test func `a run is what scripts rely on, byte for byte`() async throws {
        try await APIHarness.read { api in
            let run = try await api.get("/runs/sales/2026-08-21T043000Z").json
            #expect(
                run.members.map(\.0) == [
                    "id", "dag", "type", "state", "logical_date", "data_interval_start", "data_interval_end", "version",
                    "created_at", "started_at", "ended_at", "tasks",
                ]
            )
            #expect(run["id"] == .string("sales/2026-08-21T043000Z"))
            #expect(run["logical_date"] == .string("2026-08-21T04:30:00.000000Z"))
            let load = try #require(run["tasks"]?.elements.first { $0["id"] == .string("load") })
            #expect(
                load.description == """
                    {"id":"load","map_index":null,"state":"failed","attempts":[{"number":1,"state":"failed",\
                    "runner":"local","exit_code":null,"signal":"SIGKILL","started_at":"2026-08-21T04:30:01.000001Z",\
                    "ended_at":"2026-08-21T04:30:30.000000Z"},{"number":2,"state":"failed","runner":"local",\
                    "exit_code":1,"signal":null,"started_at":"2026-08-21T04:30:01.000001Z",\
                    "ended_at":"2026-08-21T04:31:00.000000Z"}]}
                    """
            )
            let mapped = try await api.get("/runs/sales/2026-08-20T043000Z").json
            let clean = mapped["tasks"]?.elements.filter { $0["id"] == .string("clean") }.map { $0["map_index"] }
            #expect(clean == [.number("0"), .number("1")])
        }
    }

    @Test func `runs are listed newest first, page by page, each once`() async throws {
        try await APIHarness.read { api in
            var keys: [String] = []
            var target = "/runs?limit=1"
            while true {
                let page = try await api.get(target).json
                keys += page["items"]?.elements.compactMap { $0["id"]?.text } ?? []
                guard let next = page["next"]?.text else { break }
                target = "/runs?limit=1&after=\(next)"
            }
            #expect(keys == ["22", "21", "20"].map { "sales/2026-08-\($0)T043000Z" })
            let first = try await api.get("/runs?dag=sales&limit=2").json
            let next = try #require(first["next"]?.text)
            let rest = try await api.get("/runs?dag=sales&limit=2&after=\(next)").json
            #expect(rest["items"]?.elements.compactMap { $0["id"]?.text } == ["sales/2026-08-20T043000Z"])
            #expect(rest["next"] == .null)
        }
    }

    @Test func `a DAG tells what its file says`() async throws {
        try await APIHarness.read { api in
            let dag = try await api.get("/dags/sales").json
            #expect(dag["description"] == .string("Loads the \"sales\" of a day."))
            #expect(dag["schedule"]?["text"] == .string("30 4 * * *"))
            #expect(dag["latest_run"]?["id"] == .string("sales/2026-08-22T043000Z"))
            let tasks = dag["tasks"]?.elements.compactMap { $0["id"]?.text }
            #expect(tasks == ["extract", "load", "report", "clean"])
            let listed = try await api.get("/dags").json["items"]?.elements ?? []
            #expect(listed.map { $0["id"] } == [.string("sales")])
        }
    }

    @Test(
        arguments: [
            ("/dags/salse", 404, "Did you mean 'sales'?"),
            ("/dags/salse/versions", 404, "Did you mean 'sales'?"),
            ("/dags/sales/versions/7/source", 404, "no version '7'"),
            ("/runs?dag=salse", 404, "Did you mean 'sales'?"),
            ("/runs/salse/latest", 404, "Did you mean 'sales'?"),
            ("/runs/sales/2026", 404, "no run 'sales/2026'"),
            ("/runs/old/latest", 404, "has no run yet"),
            ("/runs/old/latest-failed", 404, "has no failed run"),
            ("/runs/sales/latest/tasks/laod", 404, "Did you mean 'load'?"),
            ("/runs/sales/latest/tasks/report/attempts/1/log", 404, "has not been started"),
            ("/runs/sales/latest-failed/tasks/load/attempts/3/log", 404, "it has 1 to 2"),
            ("/runs/sales/2026-08-20T043000Z/tasks/clean/attempts/1/log", 404, "choose one of its instances"),
            ("/backfills/99", 404, "no backfill '99'"),
            ("/runs?stat=failed", 400, "Did you mean 'state'?"),
            ("/runs?state=faild", 400, "Did you mean 'failed'?"),
            ("/runs?limit=0", 400, "from 1 to 1000"),
            ("/runs?limit=x", 400, "from 1 to 1000"),
            ("/runs?after=zz", 400, "next of an earlier answer"),
            ("/dags?retired=maybe", 400, "true or false"),
            ("/runs/sales/latest?wait=99", 400, "from 0 to 30"),
        ]
    )
    func `what is not there or not right is said in a sentence`(
        _ target: String,
        _ status: Int,
        _ words: String
    ) async throws {
        try await APIHarness.read { api in
            let answer = try await api.get(target)
            #expect(answer.status == status)
            #expect(answer.message.contains(words), "\(answer.message)")
        }
    }

    @Test func `nothing is told to strangers`() async throws {
        try await APIHarness.read { api in
            for target in ["/dags", "/version", "/tokens", "/openapi.json"] {
                let answer = try await api.get(target, token: "wrong")
                #expect(answer.status == 401)
                #expect(answer.json["error"]?["kind"] == .string("unauthorized"))
            }
        }
    }
}
