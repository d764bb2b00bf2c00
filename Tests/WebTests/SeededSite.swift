import Core
import DAGFile
import Hummingbird
import Logging
import Postgres
import Scheduler
import Store
import TestKit
import Zones

@testable import Web

/// A site on a database of its own.
struct SeededSite: Sendable {
    let store: Store
    let site: Site

    /// Makes a site on a fresh database with the seed's rows, lends it to the closure, and drops the database.
    static func with<R: Sendable>(
        seed: String = Seed.sql,
        configure: (inout WebConfiguration) -> Void = { _ in },
        _ body: (SeededSite) async throws -> R
    ) async throws -> R {
        let server = try await PrivateServer.shared()
        let template = try await server.template("web") { configuration in
            let pool = Pool(configuration, size: 1)
            try await Store(pool: pool).migrate()
            await pool.close()
        }
        var web = configuration()
        configure(&web)
        return try await server.withDatabase(template: template) { database in
            let pool = Pool(database.configuration, size: 4)
            let store = Store(pool: pool)
            if !seed.isEmpty { try await pool.withConnection { try await $0.executeScript(seed, name: "seed") } }
            let value = try await body(SeededSite(store: store, site: try site(web, store: store)))
            await pool.close()
            return value
        }
    }

    /// Makes a site whose database cannot be reached.
    static func withoutDatabase(configure: (inout WebConfiguration) -> Void = { _ in }) throws -> SeededSite {
        var web = configuration()
        configure(&web)
        let pool = Pool(try ConnectionConfiguration("postgresql:///nowhere?host=/nonexistent"), size: 1)
        let store = Store(pool: pool)
        return SeededSite(store: store, site: try site(web, store: store))
    }

    /// What a program would tell its web server.
    static func configuration() -> WebConfiguration {
        let zones = ZoneDatabase()
        var configuration = WebConfiguration()
        configuration.version = "0.1"
        // However busy the machine is, a database of the tests is there.
        configuration.readinessLimit = .seconds(600)
        configuration.silence = .seconds(600)
        configuration.readDefinition = { source in
            DAGFile.parse(source: source.bytes, path: source.path, id: source.dag, zones: { try zones.rules(for: $0) })
                .dag
        }
        return configuration
    }

    /// A site on a store, with operations that no scheduler listens to.
    static func site(_ configuration: WebConfiguration, store: Store) throws -> Site {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return Site(
            configuration: configuration,
            store: store,
            operations: operations(configuration, store: store, logger: logger),
            templates: try Templates(),
            logger: logger
        )
    }

    /// Operations that no scheduler listens to.
    static func operations(_ configuration: WebConfiguration, store: Store, logger: Logger) -> Operations {
        let read = configuration.readDefinition
        let versions = DAGVersions { source in
            guard let dag = read(source) else { throw RequestError.invalid("the file \(source.path) cannot be read") }
            return dag
        }
        let engine = Engine(
            store: store,
            versions: versions,
            executorWake: WakeFan(),
            schedulerWake: WakeSignal(),
            announcer: nil,
            logger: logger
        )
        return Operations(engine: engine)
    }
}
