import Core
import HTTPTypes
import Logging
import Postgres
import Store
import Synchronization
import TestKit
import Testing

@testable import Web

/// What people see when the server itself, or its database, is what fails.
struct FaultPageTests {
    /// Keeps what is logged.
    private final class Journal: LogHandler, Sendable {
        let lines = Mutex<[String]>([])
        var logLevel: Logger.Level {
            get { .info }
            set {}
        }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) {
            lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }

    @Test func `a fault of the server tells what to do, and a mark under which the log has the reason`() async throws {
        try await SeededSite.with { seeded in
            let journal = Journal()
            let site = Site(
                configuration: seeded.site.configuration,
                store: seeded.store,
                operations: seeded.site.operations,
                templates: try Templates(),
                logger: Logger(label: "test") { _ in journal }
            )
            let client = try await SiteClient.signedIn(SeededSite(store: seeded.store, site: site))
            try await seeded.store.pool.withConnection { try await $0.executeScript("ALTER TABLE pool RENAME TO gone") }
            let page = try await client.get("/pools")
            #expect(page.status == .internalServerError)
            let mark = try #require(
                page.text.firstMatch(of: /in its log at <code>([A-Za-z0-9]{6,8})<\/code>/)?.output.1
            )
            #expect(page.text.contains("<h1>The server failed</h1>"))
            #expect(page.text.contains("Try it once more."))
            #expect(page.text.contains("<a href=\"/pools\">Go to this page again</a>"))
            #expect(page.text.contains("aria-label=\"Site\""), "the way to other pages")
            #expect(!page.text.contains("relation"), "the reason is for the log")
            let line = journal.lines.withLock { $0.last { $0.contains(mark) } }
            #expect(line?.contains("error") == true && line?.contains("pool") == true, "\(line ?? "")")
            let json = try await client.get("/pools.json").text
            #expect(json.contains("\"kind\":\"failed\""))
            let form = try await client.post("/pools/warehouse", "slots=2")
            #expect(form.status == .internalServerError && form.text.contains("look before you repeat it"))
        }
    }

    @Test func `a page does not hang on a database that is silent, and is there again with it`() async throws {
        let server = try await PrivateServer.shared()
        try await SeededSite.with { seeded in
            let database = try await seeded.store.perform { connection -> String in
                let statement = Statement(name: "own name", sql: "SELECT current_database()::text")
                return try connection.execute(statement)[0].decode(0)
            }
            let proxy = CuttableProxy(.socket("\(server.folder)/.s.PGSQL.5432"))
            defer { proxy.end() }
            let address = "postgresql://rota@127.0.0.1:\(proxy.port)/\(database)"
            let pool = Pool(try ConnectionConfiguration(address), size: 2)
            var configuration = seeded.site.configuration
            configuration.silence = .milliseconds(300)
            let site = try SeededSite.site(configuration, store: Store(pool: pool))
            let responder = PatientResponder(site, patience: .milliseconds(30))
            let client = SiteClient(responder: responder)
            try await eventually("a page") { try await client.get("/login").status == .ok }
            proxy.set(.frozen)
            for _ in 0..<4 {
                let answer = try await client.get("/dags", [.authorization: "Bearer x"])
                #expect(answer.status == .serviceUnavailable)
                #expect(answer.text.contains("The database does not answer."))
                #expect(answer.text.contains("<a href=\"/dags\">Go to this page again</a>"))
                #expect(answer.headers[.retryAfter] == "5" && answer.headers[.xContentTypeOptions] == "nosniff")
            }
            #expect(try await client.get("/healthz").status == .ok)
            proxy.set(.open)
            try await eventually("an answer of the database") {
                try await client.get("/dags", [.authorization: "Bearer x"]).status == .unauthorized
            }
            await pool.close()
        }
    }

    @Test func `an address below a run or a DAG that is missing leads to that`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let run = try #require(try await seeded.store.resolve(RunName(dag: "sales_daily", key: "latest-failed")))
            for (path, link) in [
                ("/dags/sales_daily/nothing", "/dags/sales_daily"), ("\(Address.run(run))/nothing", Address.run(run)),
                ("/dags/none/nothing", "/dags"), ("/incidents/a/b/c", "/incidents"), ("/nothing", "/"),
            ] {
                let page = try await client.get(path)
                #expect(page.status == .notFound && page.text.contains("<p><a href=\"\(link)\">"), "\(path)")
            }
        }
    }
}
