import ArgumentParser
import Core

/// `rota runs`: what ran and what runs.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List, show, cancel and rerun runs.",
        discussion: """
            Examples:
              rota runs list --dag sales_daily --state failed
              rota runs show sales_daily/latest-failed
              rota runs cancel sales_daily/latest --reason "wrong input"
              rota runs rerun sales_daily/latest --as-it-is-now --dry-run
            """,
        subcommands: [List.self, Show.self, Cancel.self, Rerun.self],
        defaultSubcommand: List.self
    )

    /// `rota runs list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List runs, newest first.")

        @OptionGroup var server: ServerOptions

        @Option(help: ArgumentHelp("Only runs of this DAG.", valueName: "dag"))
        var dag: String?

        @Option(help: ArgumentHelp("Only runs in this state; may be given several times.", valueName: "state"))
        var state: [RunState] = []

        @Option(help: ArgumentHelp("Only logical dates from this instant on.", valueName: "instant"))
        var from: String?

        @Option(help: ArgumentHelp("Only logical dates before this instant.", valueName: "instant"))
        var to: String?

        @Option(help: ArgumentHelp("Only runs of this backfill.", valueName: "number"))
        var backfill: Int?

        @Option(help: ArgumentHelp("How many at most, up to 1000.", valueName: "n"))
        var limit = 20

        @Option(help: ArgumentHelp("Go on where an earlier listing ended: its \"next\".", valueName: "next"))
        var after: String?

        func run() async throws {
            let client = try server.client()
            let states = state.map(\.rawValue).joined(separator: ",")
            let answer = try await client.get(
                ServerClient.Route("runs").with("dag", dag).with("state", states.isEmpty ? nil : states)
                    .with("from", from).with("to", to).with("backfill", backfill).with("limit", limit)
                    .with("after", after)
            )
            guard !server.json else { return server.printJSON(answer) }
            let page = try client.parse(answer)
            var table = Table("run", "state", "type", "started", ">took", ">tasks", "reason")
            for run in page.list("items") {
                let counts = run["task_counts"]
                let total = counts?.integer("total") ?? 0
                let ended = total - (counts?.integer("unfinished") ?? 0)
                table.add(
                    Table.Cell(run.text("id"), .bold),
                    .state(run.text("state")),
                    Table.Cell(run.text("type")),
                    .instant(run.instant("started_at")),
                    Table.Cell(Words.took(run)),
                    Table.Cell("\(ended)/\(total)"),
                    Table.Cell(run.text("reason"))
                )
            }
            table.print(orElse: "No run matches.")
            if let next = page.text("next") { Terminal.messages.line("More: add --after \(next)") }
        }
    }

    /// `rota runs show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one run with its tasks, and why it failed.")

        @OptionGroup var server: ServerOptions
        @Argument(help: RunArgument.help) var run: RunArgument

        func run() async throws {
            let client = try server.client()
            guard !server.json else { return server.printJSON(try await client.get(run.route())) }
            RunReport(run: try await client.document(run.route().with("detail", "true"))).print()
        }
    }

    /// `rota runs cancel`.
    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cancel a run: what runs is ended, the rest is not started."
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: RunArgument.help) var run: RunArgument

        @Flag(help: "Only tell what would change, and what follows from it at once.")
        var dryRun = false

        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
        var reason: String?

        func run() async throws {
            let client = try server.client()
            let answer = try await client.post(
                run.route("cancel"),
                .object(["reason": reason.map { .string($0) }, "dry_run": .boolean(dryRun)])
            )
            guard !server.json else { return server.printJSON(answer) }
            guard !dryRun else { return VerbReport(plan: try client.parse(answer)).print() }
            let cancelled = JSONValue(parsing: answer.text)
            let id = cancelled?.text("id") ?? run.name.description
            let isOver = cancelled?.text("state").flatMap { RunState(rawValue: $0) }?.isTerminal ?? false
            Terminal.messages.line(isOver ? "Cancelled \(id)." : "Cancelling \(id); see `rota runs show \(id)`.")
        }
    }
}

extension RunState: ExpressibleByArgument {}
