import Core
import DAGFile
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Postgres
import Scheduler
import Store
import Synchronization
import TestKit
import Testing

@testable import Web

/// The API on a database of its own, of which every answer is held to the description.
struct APIHarness: Sendable {
    let store: Store
    let client: any TestClientProtocol
    /// What the token is called.
    let name: String
    let token: String
    let api: API
    let site: Site
    private let description: APIDescription

    /// Tests that share a database have tokens of their own.
    private static let number = Atomic<Int>(0)

    /// One answer.
    struct Answer {
        var status: Int
        var headers: HTTPFields
        var text: String
        var bytes: [UInt8]
        /// Null where the body is no JSON.
        var json: JSONValue { JSONValue(parsing: text) ?? .null }
        /// The sentence of an error.
        var message: String { json["error"]?["message"]?.text ?? "" }

        subscript(header name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
    }

    /// Runs a test that changes something, against a seeded database of its own.
    static func run(_ test: @escaping @Sendable (APIHarness) async throws -> Void) async throws {
        let server = try await PrivateServer.shared()
        try await server.withDatabase(template: try await template()) { database in
            try await run(database.configuration, test)
        }
    }

    /// Runs a test that changes nothing, against the seeded database that all of these share.
    static func read(_ test: @escaping @Sendable (APIHarness) async throws -> Void) async throws {
        try await run(try await shared.value.configuration, test)
    }

    private static let shared = Task {
        try await PrivateServer.shared().database(template: try await template())
    }

    private static func template() async throws -> String {
        try await PrivateServer.shared().template("api") { configuration in
            let pool = Pool(configuration, size: 1)
            try await Store(pool: pool).migrate()
            try await pool.withConnection { try await $0.executeScript(Seed.sql, name: "seed") }
            await pool.close()
        }
    }

    private static func run(
        _ configuration: ConnectionConfiguration,
        _ test: @escaping @Sendable (APIHarness) async throws -> Void
    ) async throws {
        let pool = Pool(configuration, size: 2)
        do {
            try await run(Store(pool: pool), test)
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
    }

    private static func run(
        _ store: Store,
        _ test: @escaping @Sendable (APIHarness) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let compile: DAGVersions.Compiler = { try read($0) }
        let engine = Engine(
            store: store,
            versions: DAGVersions(compile: compile),
            executorWake: WakeFan(),
            schedulerWake: WakeSignal(),
            announcer: nil,
            logger: logger
        )
        var configuration = WebConfiguration()
        configuration.version = "1.2.3"
        configuration.readDefinition = { try? read($0) }
        let operations = Operations(engine: engine)
        let site = Site(
            configuration: configuration,
            store: store,
            operations: operations,
            templates: try Templates(),
            logger: logger
        )
        let api = API(
            configuration: configuration,
            store: store,
            operations: operations,
            definitions: site.definitions
        )
        let name = "test\(number.add(1, ordering: .relaxed).newValue)"
        let token = try #require(try await store.createToken(name: name))
        let description = try APIDescription()
        let application = Application(responder: site.makeRouter().buildResponder())
        try await application.test(.router) { client in
            try await test(
                APIHarness(
                    store: store,
                    client: client,
                    name: name,
                    token: token,
                    api: api,
                    site: site,
                    description: description
                )
            )
        }
    }

    private static func read(_ source: VersionSource) throws -> DAG {
        let result = DAGFile.parse(source: source.bytes, path: source.path, id: source.dag) { _ in .utc }
        guard let dag = result.dag else { throw Trouble.badSeed("\(result.problems)") }
        return dag
    }

    enum Trouble: Error {
        case badSeed(String)
    }

    /// Asks, and holds the answer to the description.
    func ask(
        _ method: HTTPRequest.Method,
        _ target: String,
        body: String? = nil,
        headers: [String: String] = [:],
        token: String? = nil,
        root: String = "/api/v1",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        var fields: HTTPFields = [.authorization: "Bearer \(token ?? self.token)"]
        if body != nil { fields[.contentType] = "application/json" }
        for (name, value) in headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields[name] = value.isEmpty ? nil : value
        }
        let buffer = body.map { ByteBuffer(string: $0) }
        let answer = try await client.execute(uri: root + target, method: method, headers: fields, body: buffer) {
            Answer(
                status: $0.status.code,
                headers: $0.headers,
                text: String(buffer: $0.body),
                bytes: Array($0.body.readableBytesView)
            )
        }
        let problems = description.problems(
            method: method.rawValue,
            path: String(target.prefix { $0 != "?" }),
            status: answer.status,
            type: answer[header: "Content-Type"],
            body: answer.text
        )
        #expect(problems.isEmpty, sourceLocation: sourceLocation)
        return answer
    }

    /// Posts as a page of our own would that had a script for it.
    func askAsBrowser(_ target: String, cookie: String) async throws -> Answer {
        try await ask(.post, target, body: "{}", headers: ["Cookie": cookie, "Authorization": ""])
    }

    /// Uses a one-time link up as a browser would, and answers with the cookie that it gets.
    func cookie(of link: String) async throws -> String {
        let secret = String(link.dropFirst("/login/".count))
        return "rota_8080=" + (try await store.redeemLoginLink(secret) ?? "")
    }

    /// How PostgreSQL would answer one of the statements that read.
    func plan(of name: String, _ parameters: [any PostgresEncodable]) async throws -> String {
        let statement = try #require(Store.readingStatements.first { $0.name == name })
        let explain = Statement(name: "test_explain", sql: "EXPLAIN " + statement.sql)
        let rows = try await store.pool.execute(explain, parameters)
        return try rows.map { try $0.decode(0, as: String.self) }.joined(separator: "\n")
    }

    /// Changes the database behind the API's back.
    func change(_ statement: Statement) async throws {
        _ = try await store.pool.execute(statement)
    }

    func get(
        _ target: String,
        token: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        try await ask(.get, target, token: token, sourceLocation: sourceLocation)
    }

    /// Asks for a page's JSON.
    func getPage(_ target: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> Answer {
        try await ask(.get, target, root: "", sourceLocation: sourceLocation)
    }

    func post(
        _ target: String,
        _ body: String = "{}",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        try await ask(.post, target, body: body, sourceLocation: sourceLocation)
    }
}
