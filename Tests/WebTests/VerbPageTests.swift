import Core
import HTTPTypes
import Hummingbird
import Postgres
import Store
import Testing

@testable import Web

/// Previews of operators' verbs, and forms that act once.
struct VerbPageTests {
    /// A hidden field of a page.
    private static func field(_ name: String, in text: String) -> String? {
        guard let start = text.firstRange(of: "name=\"\(name)\" value=\"") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }

    private static func latestFailed(_ seeded: SeededSite) async throws -> RunName {
        try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
    }

    private static func count(_ table: String, _ seeded: SeededSite) async throws -> Int {
        try await seeded.store.perform { connection in
            try connection.execute(Statement(name: "count \(table)", sql: "SELECT count(*) FROM \(table)"))[0].decode(0)
        }
    }

    @Test func `a form that is sent twice acts once, also by the way back`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try await Self.latestFailed(seeded)
            let path = "\(Address.run(run))/clear"
            let text = try await client.get("\(path)?failed=1").text
            let once = try #require(Self.field("once", in: text))
            let other = try #require(Self.field("once", in: try await client.get("\(path)?failed=1").text))
            #expect(once != other && once.utf8.count == 32)
            let fields = "failed=1&plan=\(Self.field("plan", in: text) ?? "")&once=\(once)"
            let first = try await client.post(path, fields)
            #expect(first.headers[.location] == "\(Address.run(run))?done=cleared&n=3", "\(first.text)")
            let second = try await client.post(path, fields)
            #expect(second.headers[.location] == "\(Address.run(run))?done=again")
            let page = try await client.get("\(Address.run(run))?done=again").text
            #expect(page.contains("Nothing was done again."))
            #expect(try await Self.count("deed", seeded) == 1)
            let strange = try await client.post(path, "failed=1&plan=0&once=%00")
            #expect(strange.status == .badRequest)
        }
    }

    @Test func `every form of every page has a key, and a browser gets no old copy of one`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            for path in ["/backfills", "/backfills/1", "/pools/warehouse", "/dags/sales_daily/trigger"] {
                let page = try await client.get(path)
                #expect(page.status == .ok, "\(path)")
                let forms = page.text.components(before: "name=\"form_key\"").count - 1
                let keys = page.text.components(before: "name=\"once\"").count - 1
                // The form that signs out needs none.
                #expect(forms == keys + 1 && keys > 0, "\(path)")
                let tag = try #require(page.headers[.eTag])
                #expect(try await client.get(path, [.ifNoneMatch: tag]).status == .notModified, "\(path)")
                let mode = try #require(HTTPField.Name("Sec-Fetch-Mode"))
                let again = try await client.get(path, [.ifNoneMatch: tag, mode: "navigate"])
                #expect(again.status == .ok, "\(path)")
            }
        }
    }

    @Test func `a mark shows what each state would change, and refuses what has changed since`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try await Self.latestFailed(seeded)
            let path = "\(Address.run(run))/mark"
            let before = try await seeded.store.runDetail(run)
            let page = try await client.get("\(path)?task=load_orders").text
            #expect(try await seeded.store.runDetail(run) == before)
            #expect(page.contains("changes 3 tasks"), "\(page)")
            #expect(page.contains("The run is failed and becomes queued."))
            #expect(page.contains("is &#39;failed&#39; already") || page.contains("is 'failed' already"), "\(page)")
            let plan = try #require(Self.field("plan.success", in: page))
            let seen = "seen.success=load_orders:+failed+to+success%0D%0Abuild_mart:+blocked+to+success"
            let fields = "task=load_orders&state=success&reason=by+hand"
            let stale = try await client.post(path, "\(fields)&plan.success=0&\(seen)")
            #expect(stale.status == .conflict)
            #expect(stale.text.contains("so nothing was done"))
            #expect(stale.text.contains("<li>build_mart: blocked to success</li>"), "\(stale.text)")
            #expect(stale.text.contains("<li>build_mart: blocked to queued</li>"))
            #expect(stale.text.contains("value=\"by hand\""))
            #expect(try await seeded.store.runDetail(run) == before)
            let done = try await client.post(path, "\(fields)&plan.success=\(plan)")
            #expect(done.status == .seeOther, "\(done.text)")
            let history = try await client.get(Address.run(run)).text
            #expect(history.contains("Mark of load_orders as success"), "\(history)")
            #expect(history.contains("by hand"))
        }
    }

    @Test func `a cancel is previewed with what it ends and what that blocks`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = RunName(dag: "finance.ledger", key: "2026-08-21T020000Z-m")
            let path = "\(Address.run(run))/cancel"
            let page = try await client.get(path).text
            #expect(page.contains("1 task runs and would be ended."), "\(page)")
            #expect(page.contains("runs, and is asked to end"))
            #expect(page.contains("The run is running and becomes cancelled."))
            let plan = try #require(Self.field("plan", in: page))
            #expect(try await client.post(path, "plan=0").status == .conflict)
            let done = try await client.post(path, "plan=\(plan)&reason=wrong+input")
            #expect(done.headers[.location] == "\(Address.run(run))?done=cancelled", "\(done.text)")
            #expect(try await client.get(path).text.contains("Cancel was asked for already."))
            let history = try await client.get(Address.run(run)).text
            #expect(history.contains("Cancel of the run") && history.contains("wrong input"), "\(history)")
            let over = try await client.get("\(Address.run(try await Self.latestFailed(seeded)))/cancel")
            #expect(over.status == .ok && over.text.contains("has ended already"))
        }
    }

    @Test func `runs between two dates are cleared with their number, or not at all`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let path = "/dags/sales_daily/clear"
            #expect(try await client.get(path).status == .ok)
            let all = "from=2000-01-01&to=2100-01-01"
            let page = try await client.get("\(path)?\(all)").text
            #expect(page.contains("This clears 100 tasks of 20 runs"), "\(page)")
            #expect(page.contains("Type their number"))
            let plan = try #require(Self.field("plan", in: page))
            for count in ["", "&count=99"] {
                let answer = try await client.post(path, "\(all)&plan=\(plan)\(count)")
                #expect(answer.status == .conflict)
                #expect(
                    answer.text.contains("nothing was done: this is about 100 tasks")
                        || answer.text.contains("Nothing was done: this is about 100 tasks"),
                    "\(answer.text)"
                )
            }
            #expect(try await Self.count("deed", seeded) == 0)
            let done = try await client.post(path, "\(all)&plan=\(plan)&count=100&reason=moved")
            #expect(done.headers[.location] == "/dags/sales_daily?done=clearedruns&n=100", "\(done.text)")
            #expect(try await Self.count("deed", seeded) == 20)
            let wrong = try await client.get("\(path)?from=yesterday&to=2100-01-01&task=load_orders")
            #expect(wrong.status == .unprocessableContent)
            #expect(wrong.text.contains("yesterday") && wrong.text.contains("value=\"load_orders\""))
        }
    }

    @Test func `a rerun shows what differs, and moves the run to today's version`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try await Self.latestFailed(seeded)
            let path = "\(Address.run(run))/rerun"
            let newer = """
                INSERT INTO dag_version (dag_id, number, source, hash) SELECT dag_id, 100,
                    convert_to(replace(convert_from(source, 'UTF8'), 'build_mart', 'build_marts'), 'UTF8'), sha256('new')
                FROM dag_version v JOIN dag d ON d.version_id = v.id WHERE d.name = 'sales_daily';
                UPDATE dag SET version_id = v.id FROM dag_version v
                WHERE v.dag_id = dag.id AND v.number = 100 AND dag.name = 'sales_daily';
                """
            try await seeded.store.perform { try $0.executeScript(newer, name: "newer") }
            let was = try await client.get(path).text
            #expect(was.contains("5 tasks would run.") && !was.contains("What differs"), "\(was)")
            let now = try await client.get("\(path)?mode=as_it_is_now").text
            #expect(now.contains("build_marts") && now.contains("What differs in the file"), "\(now)")
            let plan = try #require(Self.field("plan", in: now))
            let stale = try await client.post(path, "mode=as_it_is_now&plan=0")
            #expect(stale.status == .conflict)
            let done = try await client.post(path, "mode=as_it_is_now&plan=\(plan)&reason=renamed&once=k1")
            #expect(done.headers[.location] == "\(Address.run(run))?done=rerun", "\(done.text)")
            let again = try await client.post(path, "mode=as_it_is_now&plan=\(plan)&reason=renamed&once=k1")
            #expect(again.headers[.location] == "\(Address.run(run))?done=again", "\(again.text)")
            #expect(try await seeded.store.run(run)?.version == 100)
            let page = try await client.get(Address.run(run)).text
            #expect(
                page.contains("Run again as it is now, version 100 instead of") && page.contains("renamed"),
                "\(page)"
            )
            let old = try await client.get("\(Address.run(run))/tasks/build_mart")
            #expect(old.status == .ok, "what is gone can still be looked at")
            #expect(try await client.get(path).text.contains("has not ended"))
        }
    }

    @Test func `a pause is previewed, and the page tells who paused and why`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let page = try await client.get("/dags/sales_daily/pause").text
            let plan = try #require(Self.field("plan", in: page))
            #expect(page.contains("until someone resumes it"), "\(page)")
            #expect(try await client.post("/dags/sales_daily/pause", "plan=0").status == .conflict)
            let fields = "plan=\(plan)&reason=warehouse+moves&once=p1"
            #expect(try await client.post("/dags/sales_daily/pause", fields).status == .seeOther)
            let again = try await client.post("/dags/sales_daily/pause", fields)
            #expect(again.headers[.location] == "/dags/sales_daily?done=again", "\(again.text)")
            let shown = try await client.get("/dags/sales_daily").text
            #expect(shown.contains("Paused by browser") && shown.contains("warehouse moves"), "\(shown)")
            let stale = try await client.post("/dags/sales_daily/resume", "plan=0&seen=1")
            #expect(stale.status == .conflict)
        }
    }

    @Test func `wrong values focus the summary, lead to their fields, and open what is closed`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let closed = try await client.get("/dags/sales_daily/trigger").text
            #expect(closed.contains("<details><summary>"), "\(closed)")
            let answer = try await client.post(
                "/dags/sales_daily/trigger",
                "p.region=asia&logical_date=soon&p.limit=many"
            )
            #expect(answer.status == .unprocessableContent)
            let text = answer.text
            #expect(text.contains("tabindex=\"-1\" id=\"errors\" autofocus"))
            #expect(text.contains("<a href=\"#logical_date\">") && text.contains("<details open>"))
            #expect(text.contains("<a href=\"#p-limit\">") && text.contains("<a href=\"#p-region\">"))
            #expect(text.contains("name=\"p.limit\" type=\"text\" value=\"many\""), "\(text)")
            let region = try await client.post("/dags/sales_daily/trigger", "p.region=asia&p.limit=7").text
            #expect(
                region.contains("<a href=\"#p-region\">")
                    && region.contains("<fieldset class=\"field\" id=\"p-region\"")
            )
        }
    }

    @Test func `a large backfill demands its number, and is made once`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let fields = "dag=sales_daily&from=2025-01-01&to=2025-03-01&max=2&rerun=missing"
            let page = try await client.get("/backfills/new?\(fields)").text
            let plan = try #require(Self.field("plan", in: page))
            #expect(page.contains("more than 50 runs"))
            #expect(try await client.post("/backfills", "\(fields)&plan=\(plan)&count=58").status == .conflict)
            #expect(try await client.post("/backfills", "\(fields)&plan=0&count=59").status == .conflict)
            #expect(try await seeded.store.backfills(limit: 10).items.count == 1)
            let wish = "\(fields)&plan=\(plan)&count=59&once=b1"
            let done = try await client.post("/backfills", wish)
            #expect(done.headers[.location] == "/backfills/2?done=backfill&n=59", "\(done.text)")
            #expect(try await client.post("/backfills", wish).headers[.location] == "/backfills/2?done=again")
            #expect(try await seeded.store.backfills(limit: 10).items.count == 2)
        }
    }
}

extension StringProtocol {
    /// What stands between the occurrences of a text.
    fileprivate func components(before mark: String) -> [SubSequence] {
        var parts: [SubSequence] = []
        var rest = self[...]
        while let found = rest.firstRange(of: mark) {
            parts.append(rest[..<found.lowerBound])
            rest = rest[found.upperBound...]
        }
        return parts + [rest]
    }
}
