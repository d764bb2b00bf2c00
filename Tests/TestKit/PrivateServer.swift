import Glibc
package import Postgres
import Synchronization

/// A PostgreSQL server of this test process alone, started when the first test asks for it.
///
/// It listens on a unix socket in a folder of its own under /tmp, does not sync to disk, and ends with the process,
/// however that ends: a small shell waits for the end of a pipe that only this process holds open.
package final class PrivateServer: Sendable {
    private static let starting = Task.detached(name: "private PostgreSQL") {
        try await PrivateServerStarter().start()
    }

    /// The folder of the cluster, its log and its socket.
    package let folder: String

    private let templates = PrivateServerTemplates()
    private let counter = Atomic<Int>(0)

    init(folder: String) { self.folder = folder }

    /// The server of this process; the first call starts it, which takes about a second.
    package static func shared() async throws -> PrivateServer { try await starting.value }

    /// Where a database of this server is.
    package func configuration(database: String) throws -> ConnectionConfiguration {
        try ConnectionConfiguration(address(database: database))
    }

    /// The address of a database of this server, as `DATABASE_URL` would have it.
    package func address(database: String) -> String {
        "postgresql:///\(database)?host=\(folder)&user=rota"
    }

    /// Creates a database, empty or as a copy of a template that an earlier call of `template` made.
    package func database(template: String = "template1") async throws -> PrivateDatabase {
        let number = counter.add(1, ordering: .relaxed).newValue
        return try await create("test_\(number)", template: template)
    }

    /// Creates a database, lends it to the closure, and drops it.
    package func withDatabase<R>(
        template: String = "template1",
        _ body: (PrivateDatabase) async throws -> R
    ) async throws -> R {
        let database = try await database(template: template)
        do {
            let value = try await body(database)
            try await database.drop()
            return value
        } catch {
            try await database.drop()
            throw error
        }
    }

    /// Makes a template once per process, by a closure that fills it, and returns its name for `database`.
    ///
    /// All connections that the closure opens must be closed when it returns.
    package func template(
        _ name: String,
        prepare: @escaping @Sendable (ConnectionConfiguration) async throws -> Void
    ) async throws -> String {
        try await templates.make(name) { [self] in
            let database = try await create("template_\(name)", template: "template1")
            try await prepare(database.configuration)
            return database.name
        }
    }

    private func create(_ name: String, template: String) async throws -> PrivateDatabase {
        // A copy of files needs no WAL for every page, and without fsync its checkpoint costs nothing.
        try await administer("CREATE DATABASE \"\(name)\" TEMPLATE \"\(template)\" STRATEGY FILE_COPY")
        return PrivateDatabase(name: name, configuration: try configuration(database: name), server: self)
    }

    /// Executes a script in the database of the administrator.
    func administer(_ sql: String) async throws {
        let connection = try await Connection.connect(try configuration(database: "postgres"))
        defer { withExtendedLifetime(connection) {} }
        try await connection.executeScript(sql, name: "administer")
        await connection.close()
    }
}

/// A database of a private server.
package struct PrivateDatabase: Sendable {
    package let name: String
    package let configuration: ConnectionConfiguration
    package let server: PrivateServer

    /// Its address, as `DATABASE_URL` would have it.
    package var address: String { server.address(database: name) }

    /// Drops it, ending the sessions that are left in it.
    package func drop() async throws {
        try await server.administer("DROP DATABASE IF EXISTS \"\(name)\" WITH (FORCE)")
    }
}

/// The templates of one server, each made once however many tests ask at the same time.
private actor PrivateServerTemplates {
    private var tasks: [String: Task<String, any Error>] = [:]

    func make(_ name: String, _ create: @escaping @Sendable () async throws -> String) async throws -> String {
        if let task = tasks[name] { return try await task.value }
        let task = Task(name: "template \(name)") { try await create() }
        tasks[name] = task
        return try await task.value
    }
}
