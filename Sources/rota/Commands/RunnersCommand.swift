import ArgumentParser
import Core

/// `rota runners`: where tasks run.
struct RunnersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runners",
        abstract: "List runners.",
        discussion: """
            Example:
              rota runners list
            """,
        subcommands: [List.self],
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
                let labels = runner.list("labels").map { label in
                    if case .string(let text) = label { text } else { label.description }
                }
                table.add(
                    Table.Cell(runner.text("name"), .bold),
                    .state(runner.text("state")),
                    Table.Cell(runner.text("kind")),
                    Table.Cell(runner.text("address")),
                    Table.Cell("\(runner.integer("slots_in_use") ?? 0)/\(runner.integer("slots") ?? 0)"),
                    Table.Cell(labels.joined(separator: ", ")),
                    .instant(runner.instant("last_contact_at")),
                    Table.Cell(runner.text("reason"))
                )
            }
            table.print(orElse: "There is no runner. `rota standalone` and `rota serve` have one of their own.")
        }
    }
}
