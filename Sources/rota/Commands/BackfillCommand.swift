import ArgumentParser
import Core

/// `rota backfill`: runs for the past.
struct BackfillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfill",
        abstract: "Create the runs of a DAG's schedule in a past range.",
        discussion: """
            A run is created for each tick of the schedule from --from until before
            --to, on the DAG's own clock. Look first with --dry-run, which says what
            would be made and how long it will probably take.

            Examples:
              rota backfill sales --from 2026-08-01 --to 2026-08-08 --dry-run
              rota backfill sales --from 2026-08-01 --to 2026-08-08 --max-active 4 --wait
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

    @Flag(help: "Tell each step until it has ended; the exit code is 0 if every run succeeded, else 1.")
    var wait = false

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
        let plan = try client.parse(answer)
        if wait, !dryRun, let id = plan.integer("id") {
            if !server.json { summarise(plan) }
            return try await BackfillWatch(client: client, backfill: id).finish(server)
        }
        guard !server.json else { return server.printJSON(answer) }
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
        let wanted = (plan.integer("create") ?? 0) + (plan.integer("rerun") ?? 0)
        let omitted = plan.integer("omitted") ?? 0
        if omitted > 0 { Terminal.messages.line("\(omitted) ticks in the middle are not listed.") }
        var sentence = dryRun ? "Would start \(Words.count(wanted, "run"))" : "Started \(Words.count(wanted, "run"))"
        if let id = plan.integer("id") { sentence += " as backfill \(id)" }
        if let left = plan.integer("leave"), left > 0 { sentence += "; \(left) left as they are" }
        Terminal.messages.line(sentence + ".")
        guard wanted > 0 else { return }
        Terminal.messages.line(forecast(plan["forecast"]))
        for pool in plan.list("pools") { Terminal.messages.line(words(forPool: pool)) }
    }

    private func forecast(_ forecast: JSONValue?) -> String {
        guard let forecast, let whole = forecast.integer("duration_us"), let usual = forecast.integer("usual_run_us"),
            let atOnce = forecast.integer("runs_at_once"), let successes = forecast.integer("based_on_runs")
        else { return "How long it will take is not known: none of the newest runs has succeeded." }
        return "It will take about \(DurationText.format(.microseconds(whole))): \(atOnce) at once, "
            + "\(DurationText.format(.microseconds(usual))) each, as the last \(Words.count(successes, "success", plural: "successes"))."
    }

    private func words(forPool pool: JSONValue) -> String {
        let name = pool.text("name") ?? ""
        guard let slots = pool.integer("slots") else {
            return "Pool \(name): there is none of that name, so its tasks would wait in vain."
        }
        return "Pool \(name): \(Words.count(slots, "slot")), \(pool.integer("slots_in_use") ?? 0) in use now; "
            + "a task takes up to \(pool.integer("widest_task") ?? 1)."
    }
}
