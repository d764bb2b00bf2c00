import BrowserKit
import Core
import TestKit
import Testing

extension BrowserTests {
    /// Forms: what they show before, what they refuse, and that they act once.
    struct FormTests {
        private static let transitions = "SELECT count(*) FROM transition"

        /// Sends the form of a page as a script would, with fields changed; its status and what it says.
        private static func send(
            _ page: Page,
            _ changes: [String: String?] = [:]
        ) async throws -> (status: Int, text: String) {
            let members = changes.sorted { $0.key < $1.key }.map { change in
                JSONValue.Member(name: change.key, value: change.value.map { .string($0) } ?? .null)
            }
            let answer = try await page.evaluate(
                """
                (async () => {
                  const form = document.querySelector("main form[method=post].fields") || document.querySelector("main form[method=post]");
                  const fields = new URLSearchParams(new FormData(form));
                  for (const [name, value] of Object.entries(\(JSONValue.object(members)))) {
                    if (value === null) fields.delete(name); else fields.set(name, value);
                  }
                  const answer = await fetch(form.action, { method: "POST", body: fields });
                  const words = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main").textContent;
                  return [answer.status, words.replace(/\\s+/g, " ")];
                })()
                """
            )
            return (answer.list.first?.int ?? 0, answer.list.last?.text ?? "")
        }

        @Test func `wrong values of a trigger are told at the top and beside, and nothing is lost`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.phone, "/dags/typed/trigger") { page in
                let before = try await site.count(Self.transitions)
                try await page.evaluate(
                    """
                    for (const form of document.forms) form.noValidate = true;
                    for (const [name, value] of [["rows", "many"], ["share", "half"], ["name", "ORDERS 1"], ["extra", "{broken"]]) {
                      const field = document.querySelector(`[name="param.${name}"], [name="${name}"], [name$="${name}"]`);
                      if (field.type === "number") field.type = "text";
                      field.value = value;
                    }
                    """
                )
                try await page.follow { try await page.click("main form button.main") }
                // A slow machine gives the focus a moment after the page has been loaded.
                try await page.wait(for: "document.activeElement.id === 'errors'")
                let links = try await page.texts(
                    """
                    [...document.querySelectorAll("#errors a")].map((link) => {
                      const field = document.querySelector(link.getAttribute("href"));
                      const words = field && document.getElementById(field.getAttribute("aria-describedby")?.split(" ").pop());
                      return `${field?.getAttribute("value") ?? field?.value} ${field?.getAttribute("aria-invalid")} ${!!words && words.checkVisibility()}`;
                    })
                    """
                )
                #expect(
                    links.sorted() == ["ORDERS 1 true true", "half true true", "many true true", "{broken true true"]
                )
                let closed = try await page.texts(
                    "[...document.querySelectorAll('details:not([open]) [aria-invalid]')].map((field) => field.outerHTML)"
                )
                #expect(closed == [])
                let violations = try await page.violations()
                #expect(violations == [])
                #expect(try await site.count(Self.transitions) == before)
            }
        }

        @Test func `the params of an earlier run are taken for another`() async throws {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("typed", "-p", "rows=77", "-p", "full=true", "-p", "region=apac")
            try await site.awaitRun(run, "success")
            try await site.withPage(.phone, ExampleSite.path(of: run)) { page in
                try await page.follow { try await page.click(".actions a[href*='/trigger?from=']") }
                let value = { (name: String) in "document.querySelector('[name=\"p.\(name)\"]').value" }
                #expect(try await page.text(value("rows")) == "77")
                #expect(try await page.text(value("name")) == "orders")
                #expect(try await page.isTrue("document.querySelector('[name=\"p.full\"]').checked"))
                #expect(try await page.isTrue("document.querySelector('[name=\"p.region\"][value=apac]').checked"))
                try await page.evaluate("document.querySelector('select[name=from]').value = ''")
                try await page.follow { try await page.click(".filters button") }
                #expect(try await page.text(value("rows")) == "10")
                let violations = try await page.violations()
                #expect(violations == [])
            }
        }

        @Test func `a preview changes nothing, and means what failed and what that blocked in this run`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.phone, try site.run("failed")) { page in
                let before = try await site.count(Self.transitions)
                let deeds = try await site.count("SELECT count(*) FROM deed")
                try await page.follow { try await page.click(".actions a.main") }
                let text = try await page.text("document.querySelector('main').innerText")
                for task in ["load_orders", "report", "mail"] { #expect(text.contains(task), "\(task)") }
                let listed = try await page.text(
                    "[...document.querySelectorAll('main li')].map((item) => item.innerText).join()"
                )
                #expect(!listed.contains("extract") && !listed.contains("audit"))
                #expect(try await site.count(Self.transitions) == before)
                #expect(try await site.count("SELECT count(*) FROM deed") == deeds)
                #expect(try await site.document(of: site.runs["failed"] ?? "")["state"] == "failed")
            }
        }

        @Test func `a plan that has changed is refused with what it is now, and nothing is done`() async throws {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("sales_daily", "-p", "rows=161")
            try await site.awaitRun(run, "failed")
            try await site.withPage(.desktop, ExampleSite.path(of: run) + "/clear?failed=1") { page in
                try await site.rota("tasks", "mark", run, "report", "--state", "success", "--reason", "by hand")
                let attempts = """
                    SELECT count(*) FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id
                    JOIN dag_run r ON r.id = t.run_id
                    WHERE t.task_id = 'load_orders' AND r.key = '\(run.split(separator: "/").last ?? "")'
                    """
                let answer = try await Self.send(page)
                #expect(answer.status == 409)
                #expect(answer.text.contains("mail") || answer.text.contains("changed"), "\(answer)")
                #expect(try await site.count(attempts) == 1)
            }
        }

        @Test func `a form that is sent twice acts once, also after going back`() async throws {
            let site = try await ExampleSite.shared()
            let runs = "SELECT count(*) FROM dag_run r JOIN dag d ON d.id = r.dag_id WHERE d.name = 'typed'"
            try await site.withPage(.desktop, "/dags/typed/trigger") { page in
                let before = try await site.count(runs)
                let first = try await Self.send(page)
                let second = try await Self.send(page)
                #expect(first.status == 200 && second.status == 200)
                #expect(try await site.count(runs) == before + 1)
                try await page.follow { try await page.click("main form button.main") }
                try await page.goBack()
                try await page.follow { try await page.click("main form button.main") }
                let after = try await site.count(runs)
                #expect(after <= before + 2)
            }
        }

        @Test func `many at once demand their number, and a wrong one refuses`() async throws {
            let site = try await ExampleSite.shared()
            let many = try site.run("many")
            try await site.withPage(.desktop, many + "/clear?failed=1") { page in
                let before = try await site.count(Self.transitions)
                for wrong in ["", "59", "sixty"] {
                    let answer = try await Self.send(page, ["count": wrong])
                    #expect(answer.status >= 400 && answer.text.contains("60"), "\(wrong): \(answer)")
                }
                let missing = try await Self.send(page, ["count": nil])
                #expect(missing.status >= 400)
                #expect(try await site.count(Self.transitions) == before)
                try await page.focus("#count")
                try await page.type("60")
                try await page.follow { try await page.click("form.fields button.main") }
                #expect(try await page.text("document.querySelector('.banner').textContent").contains("60"))
                try await site.awaitRun(site.runs["many"] ?? "", "failed")
            }
        }

        @Test func `a form without our key, or from another site, is refused`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, "/dags/typed/trigger") { page in
                let before = try await site.count("SELECT count(*) FROM dag_run")
                for key in [nil, "", "0123456789abcdef"] {
                    let answer = try await Self.send(page, ["form_key": key])
                    #expect(answer.status == 403, "\(answer)")
                }
                // Another site that knows the key.
                let key = try await page.text("document.querySelector('[name=form_key]').value")
                try await page.open("data:text/html,<title>another%20site</title>")
                page.forget()
                try await page.evaluate(
                    """
                    fetch("\(site.url)/dags/typed/trigger", {
                      method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams({ form_key: "\(key)" })
                    }).catch(() => {})
                    """
                )
                try await eventually("an answer") { page.record.requests.contains { $0.isOver && $0.method == "POST" } }
                let status = page.record.requests.first { $0.method == "POST" }?.status
                #expect(status == nil || status == 403)
                #expect(try await site.count("SELECT count(*) FROM dag_run") == before)
            }
        }

        @Test(arguments: [
            "//evil.example", "https://evil.example/", "/\\\\evil.example", "/%09/evil.example", "javascript:alert(1)",
        ])
        func `signing in leads to no other site`(next: String) async throws {
            let site = try await ExampleSite.shared()
            let secret = try await site.token("t\(next.utf8.reduce(0) { $0 &* 31 &+ Int($1) } & 0xFFFFFF)")
            let page = try await Page()
            let escaped = next.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            try await page.open(site.url + "/login?next=\(escaped)")
            try await page.focus("#token")
            try await page.type(secret)
            try await page.follow { try await page.press("Enter") }
            #expect(try await page.text("location.origin") == site.url)
            #expect(try await page.isTrue("!!document.querySelector('.top nav')"))
            try await page.close()
        }
    }
}
