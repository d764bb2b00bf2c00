import ArgumentParser
import Core

/// `rota runners`: where tasks run.
struct RunnersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runners",
        abstract: "List runners, show one, keep it from taking more, and let hosts join.",
        discussion: """
            Examples:
              rota runners list
              rota runners show etl-03
              rota runners drain etl-03 --reason "new disk"
              rota runners resume etl-03
              rota runners token create rack-7 --expires 2h --uses 12
              rota runners reap etl-03
            """,
        subcommands: [List.self, Show.self, Drain.self, Resume.self, Remove.self, Token.self, Strays.self, Reap.self],
        defaultSubcommand: List.self
    )

    /// `rota runners list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List runners with their slots and last contact.")

        @OptionGroup var server: ServerOptions

        func run() async throws {
            let client = try server.client()
            let answer = try await client.get(ServerClient.Route("runners"))
            guard !server.json else { return server.printJSON(answer) }
            var table = Table("runner", "state", "kind", "address", ">slots", "labels", "last contact", "reason")
            for runner in try client.parse(answer).list("items") {
                table.add(
                    Table.Cell(runner.text("name"), .bold),
                    .state(runner.text("state")),
                    Table.Cell(runner.text("kind")),
                    Table.Cell(RunnerReport.address(of: runner)),
                    Table.Cell("\(runner.integer("slots_in_use") ?? 0)/\(runner.integer("slots") ?? 0)"),
                    Table.Cell(RunnerReport.labels(of: runner)),
                    .instant(runner.instant("last_contact_at")),
                    Table.Cell(
                        [RunnerReport.drain(of: runner), runner.text("reason"), RunnerReport.busy(of: runner)]
                            .compactMap(\.self)
                            .joined(separator: "; ")
                    )
                )
            }
            table.print(orElse: "There is no runner. `rota standalone` and `rota serve` have one of their own.")
        }
    }

    /// `rota runners show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one runner: its load, what runs there, and what was said of it.",
            discussion: """
                Example:
                  rota runners show etl-03
                """
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The runner's name.") var runner: String

        func run() async throws {
            let client = try server.client()
            let answer = try await client.get(ServerClient.Route("runners", runner))
            guard !server.json else { return server.printJSON(answer) }
            RunnerReport(runner: try client.parse(answer)).print()
        }
    }
}
