import ArgumentParser
import Core

extension RunsCommand {
    /// `rota runs rerun`.
    struct Rerun: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run all of an ended run again, by its own version of the DAG or by today's.",
            discussion: """
                By today's version the run has its tasks from then on: new tasks are
                added, and tasks that are gone are marked removed and keep their attempts
                and logs. The run keeps its dates, and its params where the DAG still has
                them. With --dry-run it is told what differs, and nothing is done.

                Examples:
                  rota runs rerun sales_daily/latest-failed --as-it-was
                  rota runs rerun sales_daily/latest --as-it-is-now --dry-run
                  rota runs rerun sales_daily/latest --as-it-is-now --reason "column added"
                """
        )

        /// By which version.
        enum Mode: String, EnumerableFlag, Sendable {
            case asItWas = "as_it_was"
            case asItIsNow = "as_it_is_now"

            static func help(for value: Mode) -> ArgumentHelp? {
                switch value {
                case .asItWas: "By the version that the run was made with, or last moved to."
                case .asItIsNow: "By the version in force, to which the run then belongs."
                }
            }
        }

        @OptionGroup var server: ServerOptions
        @Argument(help: RunArgument.help) var run: RunArgument
        @Flag var mode: Mode

        @Flag(help: "Only tell what would be done, and what differs.")
        var dryRun = false

        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
        var reason: String?

        func run() async throws {
            let client = try server.client()
            let answer = try await client.post(
                run.route("rerun"),
                .object([
                    "mode": .string(mode.rawValue),
                    "dry_run": .boolean(dryRun),
                    "reason": reason.map { .string($0) },
                ])
            )
            guard !server.json else { return server.printJSON(answer) }
            let report = RerunReport(plan: try client.parse(answer))
            if dryRun { report.print() }
            Terminal.messages.line(report.sentence(isRehearsal: dryRun))
        }
    }
}
