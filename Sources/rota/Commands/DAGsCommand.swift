import ArgumentParser
import Core

/// `rota dags`: what the DAG folder holds.
struct DAGsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dags",
        abstract: "List, show, pause and unpause DAGs, and look at their schedules' ledgers.",
        discussion: """
            Examples:
              rota dags list
              rota dags show sales_daily
              rota dags pause sales_daily
            """,
        subcommands: [List.self, Show.self, Ticks.self, Pause.self, Unpause.self],
        defaultSubcommand: List.self
    )

    /// `rota dags list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List DAGs, and files that are not valid.")

        @OptionGroup var server: ServerOptions

        @Flag(help: "List DAGs whose file is gone as well.")
        var retired = false

        func run() async throws {
            let client = try server.client()
            let dags = try await client.wholeListing(
                ServerClient.Route("dags").with("retired", retired ? "true" : nil)
            )
            guard !server.json else {
                let broken = try await client.items(ServerClient.Route("files"))
                let document = JSONValue.object([
                    "items": .array(dags), "next": .null, "broken_files": .array(broken),
                ])
                return Terminal.output.line(document.description)
            }
            var table = Table("dag", "latest", "paused", "schedule", "next", "description")
            for dag in dags {
                table.add(
                    Table.Cell(dag.text("id"), .bold),
                    .state(dag["latest_run"]?.text("state")),
                    Table.Cell(
                        dag.text("state") == "retired" ? "retired" : dag.flag("paused") ? "paused" : "",
                        .yellow
                    ),
                    Table.Cell(dag["schedule"].flatMap { $0 == .null ? nil : DAGReport.words(for: $0) }),
                    .instant(dag.instant("next_tick")),
                    Table.Cell(dag.text("description"))
                )
            }
            table.print(orElse: "There is no DAG yet. Put a file with `tasks:` into the DAG folder.")
            try await FileErrorReport.print(client)
        }
    }

    /// `rota dags show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one DAG: schedule, params, tasks, latest run.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The DAG's id.") var dag: String

        func run() async throws {
            let client = try server.client()
            let answer: ServerClient.Answer
            do {
                answer = try await client.get(ServerClient.Route("dags", dag))
            } catch let failure as ClientFailure where failure.isNotFound {
                // Perhaps there would be one, had its file ever been good.
                let files = try await client.items(ServerClient.Route("files"))
                guard let file = files.first(where: { Self.isFile($0.text("path"), of: dag) }) else { throw failure }
                FileErrorReport.print(file)
                throw failure
            }
            guard !server.json else { return server.printJSON(answer) }
            DAGReport(dag: try client.parse(answer)).print()
        }

        /// Whether a path of the DAG folder is that of a DAG's file, by the rule for ids.
        private static func isFile(_ path: String?, of dag: String) -> Bool {
            guard let path else { return false }
            let ending = [".yaml", ".yml"].first { path.hasSuffix($0) } ?? ""
            let stem = path.dropLast(ending.count)
            return stem.split(separator: "/").joined(separator: ".") == dag
        }
    }

    /// `rota dags ticks`.
    struct Ticks: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what was decided for each tick of a DAG's schedule, newest first.",
            discussion: """
                Every tick has one line: the run that it has, or the reason why it has none
                (catchup, overlap, paused, calendar, shadow). Long rows of ticks that were
                skipped for one reason are one line.

                Examples:
                  rota dags ticks sales_daily
                  rota dags ticks sales_daily --from 2026-10-25T00:00:00Z --to 2026-10-26T00:00:00Z
                """
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The DAG's id.") var dag: String
        @Option(help: "Only ticks at or after this instant, such as 2026-08-21T04:30:00Z.") var from: String?
        @Option(help: "Only ticks before this instant.") var to: String?
        @Option(help: "How many lines at most.") var limit = 100

        func run() async throws {
            let client = try server.client()
            let answer = try await client.get(
                ServerClient.Route("dags", dag, "ticks").with("from", from).with("to", to).with("limit", limit)
            )
            guard !server.json else { return server.printJSON(answer) }
            var table = Table("tick", "decision", "run", "decided")
            for line in try client.parse(answer).list("items") {
                let count = line.integer("ticks") ?? 1
                let decision = line.text("decision") ?? ""
                table.add(
                    Table.Cell(
                        line.instant("tick").map(Words.instant).map { first in
                            count == 1
                                ? first
                                : "\(first) and \(count - 1) more, to "
                                    + (line.instant("last").map(Words.instant) ?? "")
                        }
                    ),
                    Table.Cell(decision == "created" ? decision : "skipped: \(decision)"),
                    Table.Cell(line.text("run")),
                    .instant(line.instant("decided_at"))
                )
            }
            table.print(orElse: "No tick of '\(dag)' has been decided in that time.")
        }
    }

    /// `rota dags pause`.
    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pause a DAG: nothing of its schedule is decided until it is unpaused."
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The DAG's id.") var dag: String
        @Flag(help: "Only tell what that would hold back.") var dryRun = false
        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text")) var reason: String?

        func run() async throws {
            let client = try server.client()
            let answer = try await client.post(
                ServerClient.Route("dags", dag, "pause"),
                .object(["reason": reason.map { .string($0) }, "dry_run": .boolean(dryRun)])
            )
            guard !server.json else { return server.printJSON(answer) }
            guard !dryRun else {
                for line in PauseReport(plan: try client.parse(answer)).lines { Terminal.output.line(line) }
                return
            }
            Terminal.messages.line("Paused \(dag). What is running goes on.")
        }
    }

    /// `rota dags unpause`.
    struct Unpause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Unpause a DAG; ticks that passed are caught up by its own policy.",
            discussion: """
                First it is told which runs that starts and which ticks are skipped; with
                --dry-run that is all.

                Example:
                  rota dags unpause sales_daily --dry-run
                """
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The DAG's id.") var dag: String
        @Flag(help: "Only tell what it would start.") var dryRun = false
        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text")) var reason: String?

        func run() async throws {
            let client = try server.client()
            let route = ServerClient.Route("dags", dag, "unpause")
            if dryRun || !server.json {
                let plan = try await client.post(route, .object(["dry_run": .boolean(true)]))
                guard !server.json else { return server.printJSON(plan) }
                let terminal = dryRun ? Terminal.output : Terminal.messages
                for line in UnpauseReport(plan: try client.parse(plan)).lines { terminal.line(line) }
            }
            guard !dryRun else { return }
            let answer = try await client.post(route, .object(["reason": reason.map { .string($0) }]))
            guard !server.json else { return server.printJSON(answer) }
            Terminal.messages.line("Unpaused \(dag).")
        }
    }
}
