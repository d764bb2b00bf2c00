import Core
import HTTPTypes
import Postgres
import Store
import Testing

/// Runners as the API tells of them and as people change them.
struct RunnerTests {
    @Test func `a drained runner claims nothing until it is resumed, and the history says who and why`() async throws {
        try await APIHarness.run { api in
            let plan = try await api.post("/runners/local/drain", #"{"dry_run": true}"#).json
            #expect(plan["dry_run"] == .boolean(true) && plan["already_so"] == .boolean(false))
            #expect(try await api.get("/runners/local").json["drained"] == .null, "a dry run changes nothing")
            let drained = try await api.post("/runners/local/drain", #"{"reason": "new disk"}"#)
            #expect(drained.status == 200)
            #expect(try await api.store.perform { try $0.runnerFacts("local") }?.isDrained == true)
            let again = try await api.post("/runners/local/drain", "{}").json
            #expect(again["already_so"] == .boolean(true))
            let runner = try await api.get("/runners/local").json
            #expect(runner["drained"]?["reason"]?.text == "new disk")
            #expect(try await api.post("/runners/local/resume", "{}").status == 200)
            #expect(try await api.store.perform { try $0.runnerFacts("local") }?.isDrained == false)
            let history = try await api.get("/runners/local").json["history"]?.elements ?? []
            #expect(history.compactMap { $0["verb"]?.text } == ["resume", "drain"])
            #expect(history.last?["reason"]?.text == "new disk")
        }
    }

    @Test func `a runner is removed only when nothing is on it, or by force, which says what is left`() async throws {
        try await APIHarness.run { api in
            let sql = "UPDATE attempt SET runner = 'far' WHERE ended_at IS NULL"
            try await api.store.pool.withConnection { try await $0.executeScript(sql, name: "move") }
            let count = try await api.get("/runners/far").json["attempts"]?.digits ?? 0
            #expect(count > 0)
            let refused = try await api.post("/runners/far/remove", "{}")
            #expect(refused.status == 403)
            #expect(refused.message.contains("--force"), "\(refused.message)")
            let plan = try await api.post("/runners/far/remove", #"{"force": true, "dry_run": true}"#).json
            #expect(plan["attempts"]?.digits == count && plan["refusal"] == .null)
            #expect(plan["tasks"]?.elements.isEmpty == false)
            #expect(try await api.post("/runners/far/remove", #"{"force": true}"#).status == 200)
            #expect(try await api.get("/runners/far").status == 404)
            let left = try await api.store.perform { connection in
                let sql = "SELECT count(*) FROM attempt WHERE runner = 'far' AND state = 'unreachable'"
                return try connection.execute(Statement(name: "left", sql: sql))[0].decode(0, as: Int.self)
            }
            #expect(left == count)
        }
    }

    @Test func `a runner that a server acts for is taken out of its file first`() async throws {
        try await APIHarness.run { api in
            _ = try await api.store.transaction {
                try $0.acquireLease("runner:far", holder: "s:1", for: .seconds(60))
            }
            let refused = try await api.post("/runners/far/remove", #"{"force": true}"#)
            #expect(refused.status == 403)
            #expect(refused.message.contains("rota.yaml"))
        }
    }

    @Test func `a join token is shown once, and joins as many hosts as it says`() async throws {
        try await APIHarness.run { api in
            let made = try await api.post("/join-tokens", #"{"name": "rack", "uses": 1}"#)
            #expect(made.status == 201)
            let token = try #require(made.json["token"]?.text)
            #expect(try await api.post("/join-tokens", #"{"name": "rack"}"#).status == 409)
            #expect(try await !api.get("/join-tokens").text.contains(token))
            let one = Self.candidate("one", directory: "d1")
            #expect(try await api.store.transaction { try $0.join(one, token: "rota_join_other") } == .unknownToken)
            #expect(try await api.store.transaction { try $0.join(one, token: token) } == .joined)
            #expect(try await api.store.transaction { try $0.join(one, token: token) } == .joined, "asked once more")
            let two = Self.candidate("two", directory: "d2")
            #expect(try await api.store.transaction { try $0.join(two, token: token) } == .usedUpToken)
            #expect(try await api.store.joinedDirectory(runner: "one", credential: one.credential) == "d1")
            #expect(try await api.store.joinedDirectory(runner: "one", credential: "another") == nil)
            #expect(try await api.get("/join-tokens").json["items"]?.elements.first?["used"]?.digits == 1)
            #expect(try await api.ask(.delete, "/join-tokens/rack").status == 204)
            #expect(try await api.store.transaction { try $0.join(one, token: token) } == .unknownToken)
            #expect(try await api.post("/runners/one/remove", "{}").status == 200)
            #expect(try await api.store.joinedDirectory(runner: "one", credential: one.credential) == nil)
        }
    }

    @Test func `a joined runner tells its reserved slots and limits, and that a copy of it was refused`() async throws {
        try await APIHarness.run { api in
            let made = try await api.post("/join-tokens", #"{"name": "rack", "uses": 1}"#)
            let token = try #require(made.json["token"]?.text)
            #expect(
                try await api.store.transaction {
                    try $0.join(Self.candidate("one", directory: "d1"), token: token)
                } == .joined
            )
            let plain = try await api.get("/runners/one").json
            #expect(plain["reserved"] == .null && plain["busy_limits"] == .null && plain["copy"] == .null)
            let registration = RunnerRegistration(
                name: "one",
                kind: "http",
                address: nil,
                labels: ["etl"],
                slots: 6,
                isJoined: true,
                reserved: ReservedSlots(slots: 2, priority: 80),
                busy: LoadLimits(load: 1.5, memoryFree: 0.1)
            )
            let isKnown = try await api.store.transaction { connection in
                try connection.noteCopy(ofRunner: "one", reason: "another host lives")
                return try connection.update(joined: registration)
            }
            #expect(isKnown)
            let runner = try await api.get("/runners/one").json
            #expect(runner["slots"]?.digits == 6 && runner["reserved"]?["slots"]?.digits == 2)
            #expect(runner["reserved"]?["priority"]?.digits == 80)
            #expect(runner["busy_limits"]?["per_processor"]?.description == "1.5")
            #expect(runner["busy_limits"]?["measure"] == .null)
            #expect(runner["copy"]?["reason"]?.text == "another host lives")
        }
    }

    @Test func `a name belongs to the host that joined with it`() async throws {
        try await APIHarness.run { api in
            let made = try await api.post("/join-tokens", #"{"name": "rack", "uses": 9}"#)
            let token = try #require(made.json["token"]?.text)
            let join = { @Sendable (candidate: RunnerCandidate) in
                try await api.store.transaction { try $0.join(candidate, token: token) }
            }
            #expect(try await join(Self.candidate("far", directory: "d1")) == .nameTaken)
            #expect(try await join(Self.candidate("one", directory: "d1")) == .joined)
            #expect(try await join(Self.candidate("one", directory: "d2")) == .otherHost)
            #expect(try await join(Self.candidate("two", directory: "d1")) == .otherName("one"), "a copy, perhaps")
            // The same host that lost its credential gets another; the former one counts no more.
            var anew = Self.candidate("one", directory: "d1")
            anew.credential = "another credential"
            #expect(try await join(anew) == .joined)
            #expect(try await api.store.joinedDirectory(runner: "one", credential: "credential of one") == nil)
            #expect(try await api.store.joinedDirectory(runner: "one", credential: anew.credential) == "d1")
        }
    }

    @Test func `a join token that has expired joins nobody`() async throws {
        try await APIHarness.run { api in
            let token = try await api.store.createJoinToken(name: "old", span: .seconds(-1), mostUses: 1, actor: "me")
            let outcome = try await api.store.transaction {
                try $0.join(Self.candidate("one", directory: "d1"), token: token ?? "")
            }
            #expect(outcome == .expiredToken)
        }
    }

    private static func candidate(_ name: String, directory: String) -> RunnerCandidate {
        RunnerCandidate(
            name: name,
            labels: ["etl"],
            slots: 4,
            directoryID: directory,
            credential: "credential of \(name)"
        )
    }
}

extension JSONValue {
    /// The number that it is.
    fileprivate var digits: Int? {
        if case .number(let text) = self { Int(text) } else { nil }
    }
}
