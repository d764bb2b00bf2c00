import ArgumentParser
import Core
import DAGFile
import Host
import Postgres
import Scheduler
import Settings
import Store
import YAML
import Zones

/// The database's schema.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Look after the database; needs no server.",
        subcommands: [Migrate.self, Status.self, Check.self, PruneCommand.self]
    )

    /// Which database is meant.
    struct Place: ParsableArguments {
        @Option(help: ArgumentHelp("PostgreSQL's address. Default: DATABASE_URL.", valueName: "url"))
        var databaseURL: String?

        @Option(
            help: ArgumentHelp(
                "A server's data directory: for its settings, and for the PostgreSQL of its own if it has one.",
                valueName: "directory"
            )
        )
        var data: String?

        @Flag(help: "Print one JSON document.")
        var json = false

        /// The data directory that is meant, or the standard one.
        var directory: String {
            AbsolutePath.of(
                data ?? ProcessEnvironment.current["ROTA_DATA"] ?? ProcessEnvironment.current.standardDataDirectory
            )
        }

        /// What the settings say: those of the named file, else those in the data directory if there are any.
        func settings(named config: String? = nil) throws(ServerFailure) -> Settings {
            let path = config.map(AbsolutePath.of) ?? directory + "/rota.yaml"
            guard let bytes = SmallFile.read(path, limit: 1 << 21) else {
                guard config != nil else { return Settings() }
                throw .settings("The settings \(path) cannot be read: \(SmallFile.reason).")
            }
            let result = Settings.parse(source: bytes, path: path)
            guard let settings = result.settings else {
                let problems = result.problems.map { $0.render(source: result.source, hasColour: false) }
                throw .settings("The settings \(path) have errors:\n" + problems.joined(separator: "\n"))
            }
            return settings
        }

        /// PostgreSQL's address; nil: nothing names one.
        private func address() throws(ServerFailure) -> String? {
            if let url = databaseURL ?? (data == nil ? ProcessEnvironment.current["DATABASE_URL"] : nil) { return url }
            if let url = try settings().databaseURL { return url }
            return Self.privateCluster(of: directory)
        }

        /// The address of the PostgreSQL that a data directory has for itself; nil: it has none.
        private static func privateCluster(of directory: String) -> String? {
            let moved = SmallFile.read(directory + "/cluster-location").map { text in
                text.split(separator: "\n").first.map(String.init) ?? ""
            }
            let key = "unix_socket_directories = '"
            for path in [moved, directory + "/postgres"].compactMap(\.self) {
                let bytes = SmallFile.read(path + "/postgresql.conf", limit: 1 << 16) ?? []
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                guard let line = lines.first(where: { $0.hasPrefix(key) }) else { continue }
                return "host='\(line.dropFirst(key.count).prefix { $0 != "'" })' dbname=rota user=rota"
            }
            return nil
        }

        /// Does something with the store, and turns its failures into sentences.
        func withStore<R: Sendable>(_ body: (Store) async throws -> R) async throws -> R {
            guard let url = try address() else { throw ServerFailure.noDatabase }
            do {
                let pool = Pool(try ConnectionConfiguration(url), size: 1)
                let result = try await body(Store(pool: pool))
                await pool.close()
                return result
            } catch {
                throw ServerFailure(error) ?? error
            }
        }
    }

    /// Applies what is pending.
    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Bring the schema up to date.")

        @OptionGroup var place: Place

        func run() async throws {
            let applied = try await place.withStore { try await $0.migrate() }
            if place.json {
                let names = applied.map { JSONValue.string($0.name) }
                let document = JSONValue.object([.init(name: "applied", value: .array(names))])
                Terminal.output.line(document.description)
            } else if applied.isEmpty {
                Terminal.output.line("The schema is up to date.")
            } else {
                for migration in applied { Terminal.output.line("applied \(migration.name)") }
            }
        }
    }

    /// Lists what was applied and what is pending.
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the schema's steps.")

        @OptionGroup var place: Place

        func run() async throws {
            let status = try await place.withStore { try await $0.schemaStatus() }
            let steps =
                status.applied.map { (name: $0.name, state: "applied") }
                + status.pending.map { (name: $0.name, state: "pending") }
            guard place.json else {
                for step in steps { Terminal.output.line("\(step.state)  \(step.name)") }
                return
            }
            let items = steps.map { step in
                JSONValue.object([
                    .init(name: "name", value: .string(step.name)), .init(name: "state", value: .string(step.state)),
                ])
            }
            let document = JSONValue.object([
                .init(name: "items", value: .array(items)), .init(name: "next", value: .null),
            ])
            Terminal.output.line(document.description)
        }
    }

    /// Recounts what is stored as counts.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare what is stored as counts with a recount.",
            discussion: """
                Servers may go on meanwhile: nothing is locked, and each run is read as it was at one moment. The exit code
                is 0 where everything agrees, and 1 where something does not: please report it, with the lines that are
                printed.
                """
        )

        @OptionGroup var place: Place

        func run() async throws {
            let zones = ZoneDatabase()
            let versions = DAGVersions { source in
                let result = DAGFile.parse(
                    source: source.bytes,
                    path: source.path,
                    id: source.dag,
                    calendars: CalendarSet(source.calendars)
                ) { try zones.rules(for: $0) }
                guard let dag = result.dag else {
                    throw ServerFailure.settings("a version of DAG '\(source.dag)' cannot be read: \(result.problems)")
                }
                return dag
            }
            let problems = try await place.withStore { try await $0.check(versions: versions) }
            if place.json {
                let items = problems.map { JSONValue.string($0) }
                Terminal.output.line(JSONValue.listing(items).description)
            } else {
                for problem in problems { Terminal.output.line(problem) }
                if problems.isEmpty { Terminal.output.line("All counts agree with what they count.") }
            }
            guard problems.isEmpty else { throw SilentExit(status: .failed) }
        }
    }
}
