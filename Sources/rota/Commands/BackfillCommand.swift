import ArgumentParser
import Core

/// `rota backfill`: runs for the past.
struct BackfillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Create the runs of a DAG's schedule in a past range.",
        discussion: """
            A run is created for each tick of the schedule from --from until before
            --to, on the DAG's own clock. Look first with --dry-run.

            Examples:
              rota backfill sales --from 2026-08-01 --to 2026-08-08 --dry-run
              rota backfill sales --from 2026-08-01 --to 2026-08-08 --max-active 4
              rota backfill sales --from 2026-08-01 --to 2026-09-01 --rerun failed
            """
    )

    @OptionGroup var server: ServerOptions
    @Argument(help: "The DAG's id.") var dag: String

    @Option(help: ArgumentHelp("The first day or instant wanted.", valueName: "date"))
    var from: String

    @Option(help: ArgumentHelp("The first day or instant not wanted.", valueName: "date"))
    var to: String

    @Flag(help: "Only say which runs would be created.")
    var dryRun = false

    @Option(help: ArgumentHelp("How many of these runs may be under way at once.", valueName: "n"))
    var maxActive = 1

    @Option(help: ArgumentHelp("Which ticks get a run: missing, failed or all.", valueName: "which"))
    var rerun: Rerun = .missing

    @Flag(help: "The latest first.")
    var reverse = false

    /// What happens to ticks that have a run already.
    enum Rerun: String, ExpressibleByArgument, CaseIterable, Sendable {
        case missing
        case failed
        case all
    }

    func run() async throws {
        let client = try server.client()
        let answer = try await client.post(
            ServerClient.Route("backfills"),
            .object([
                "dag": .string(dag), "from": .string(from), "to": .string(to),
                "max_active": .number("\(maxActive)"), "rerun": .string(rerun.rawValue),
                "reverse": .boolean(reverse), "dry_run": .boolean(dryRun),
            ])
        )
        guard !server.json else { return server.printJSON(answer) }
        let plan = try client.parse(answer)
        var table = Table("run", "logical date", "existing", "action")
        for run in plan.list("runs") {
            let action = run.text("action")
            table.add(
                Table.Cell(run.text("id"), .bold),
                .instant(run.instant("logical_date")),
                .state(run.text("existing")),
                Table.Cell(action, action == "leave" ? .dim : .plain)
            )
        }
        table.print(orElse: "The schedule of \(dag) has no tick from \(from) until \(to).")
        summarise(plan)
    }

    private func summarise(_ plan: JSONValue) {
        let wanted = plan.list("runs").count { $0.text("action") != "leave" }
        let left = plan.list("runs").count - wanted
        var sentence = dryRun ? "Would start \(Words.count(wanted, "run"))" : "Started \(Words.count(wanted, "run"))"
        if let id = plan.integer("id") { sentence += " as backfill \(id)" }
        if left > 0 { sentence += "; \(left) left as they are" }
        Terminal.messages.line(sentence + ".")
    }
}
