import BrowserKit
import Core
import Glibc
import Postgres
import Synchronization
import TestKit

/// The built `rota`, serving example DAGs of which some have failed: one for all tests of the suite.
///
/// A test may start runs of its own; what it changes beyond them, it changes back.
final class ExampleSite: Sendable {
    /// `http://127.0.0.1:PORT`.
    let url: String
    let database: PrivateDatabase
    private let folder: String
    private let cookie = Mutex<JSONValue?>(nil)
    /// Runs made when the site was seeded, by a short name.
    let runs: [String: String]

    private static let starting = Task.detached(name: "example site") { try await ExampleSiteStarter().start() }

    /// The site; the first call starts it and waits until its runs have ended.
    static func shared() async throws -> ExampleSite { try await starting.value }

    init(url: String, database: PrivateDatabase, folder: String, runs: [String: String]) {
        self.url = url
        self.database = database
        self.folder = folder
        self.runs = runs
    }

    // MARK: - Pages

    /// Opens a tab that is signed in.
    func page(_ screen: Screen = .desktop, in context: String? = nil) async throws -> Page {
        let page = try await Page(screen, in: context)
        if let cookie = cookie.withLock({ $0 }) {
            try await page.send("Network.setCookie", cookie)
        } else {
            let link = try await rota("login").text.split(separator: "\n").first.map(String.init) ?? ""
            try await page.open(link)
            let cookies = try await page.send("Network.getCookies", ["urls": [.string(url)]])["cookies"]?.list ?? []
            guard let made = cookies.first, let name = made["name"], let value = made["value"] else {
                throw SiteError.failed("no cookie after \(link)")
            }
            cookie.withLock { $0 = ["name": name, "value": value, "url": .string(url)] }
            page.forget()
        }
        return page
    }

    /// Lends a signed-in tab, and closes it.
    func withPage<R>(
        _ screen: Screen = .desktop,
        _ path: String? = nil,
        _ body: (Page) async throws -> R
    ) async throws -> R {
        let page = try await page(screen)
        if let path { try await page.open(url + path) }
        let result: R
        do {
            result = try await body(page)
        } catch {
            // The first error is the one to tell of.
            try? await page.close()
            throw error
        }
        try await page.close()
        return result
    }

    /// The path of a run that was made when the site was seeded.
    func run(_ name: String) throws -> String {
        guard let run = runs[name] else { throw SiteError.failed("no run '\(name)' was seeded") }
        return Self.path(of: run)
    }

    /// The path of a run by its name, `DAG/KEY`.
    static func path(of run: String) -> String {
        let parts = run.split(separator: "/", maxSplits: 1)
        return "/dags/\(parts[0])/runs/\(parts.count > 1 ? parts[1] : "")"
    }

    // MARK: - Commands

    /// Runs a client command, which has to succeed.
    @discardableResult func rota(_ arguments: String...) async throws -> ProgramResult {
        try await ExampleSiteStarter.rota(arguments, folder: folder)
    }

    /// Starts a run and returns its name.
    func trigger(_ dag: String, _ more: String...) async throws -> String {
        let result = try await ExampleSiteStarter.rota(["trigger", dag] + more, folder: folder)
        return result.text.split(separator: "\n").first.map(String.init) ?? ""
    }

    /// Waits until a run is in a state.
    func awaitRun(_ name: String, _ state: String) async throws {
        try await ExampleSiteStarter.awaitRun(name, state, folder: folder)
    }

    /// A token with which one can sign in.
    func token(_ name: String) async throws -> String {
        let words = try await rota("token", "create", name).text.split(whereSeparator: \.isWhitespace)
        return words.max { $0.count < $1.count }.map(String.init) ?? ""
    }

    /// A run's document.
    func document(of run: String) async throws -> JSONValue {
        JSONValue(parsing: try await rota("runs", "show", run, "--json").text) ?? .null
    }

    /// Makes a file for which a task of the DAG `waits` looks, by the key of its run.
    func leave(_ name: String) throws {
        try SiteFile.write("", to: "\(folder)/witness/\(name)")
    }

    // MARK: - What is underneath

    /// Runs statements in its database.
    func change(_ script: String) async throws {
        let connection = try await Connection.connect(database.configuration)
        try await connection.executeScript(script)
        await connection.close()
    }

    /// The process of its server.
    func process() throws -> ServerProcess { try ServerProcess(naming: "\(folder)/data") }

    /// What a query gives as one number.
    func count(_ query: String) async throws -> Int {
        let connection = try await Connection.connect(database.configuration)
        let rows = try await connection.execute(Statement(name: "count", sql: query))
        await connection.close()
        return try rows.first?.decode(0) ?? 0
    }
}

/// Why the site is not fit for its tests.
enum SiteError: Error, CustomStringConvertible {
    case failed(String)

    var description: String {
        switch self {
        case .failed(let sentence): sentence
        }
    }
}
