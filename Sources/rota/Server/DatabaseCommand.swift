import ArgumentParser
import Core
import Postgres
import Store

/// The database's schema.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Look after the database's schema; needs no server.",
        subcommands: [Migrate.self, Status.self, PruneCommand.self]
    )

    /// Which database is meant.
    struct Place: ParsableArguments {
        @Option(help: ArgumentHelp("PostgreSQL's address. Default: DATABASE_URL.", valueName: "url"))
        var databaseURL: String?

        @Flag(help: "Print one JSON document.")
        var json = false

        /// Does something with the store, and turns its failures into sentences.
        func withStore<R: Sendable>(_ body: (Store) async throws -> R) async throws -> R {
            guard let url = databaseURL ?? ProcessEnvironment.current["DATABASE_URL"] else {
                throw ServerFailure.noDatabase
            }
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
}
