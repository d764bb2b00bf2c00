import ArgumentParser
import Core

extension RunnersCommand {
    /// `rota runners token`: words by which hosts join.
    struct Token: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make, list and revoke the tokens by which hosts join.",
            discussion: """
                A host that has one becomes a runner: `rota runner --server URL --join TOKEN`.
                It then has a credential of its own, and needs the token no more.

                Examples:
                  rota runners token create rack-7 --expires 2h --uses 12
                  rota runners token list
                  rota runners token revoke rack-7
                """,
            subcommands: [Create.self, List.self, Revoke.self]
        )

        /// `rota runners token create`.
        struct Create: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Make a join token and print it, this once.",
                discussion: """
                    Example:
                      rota runners token create rack-7 --expires 2h --uses 12
                    """
            )

            @OptionGroup var server: ServerOptions
            @Argument(help: "What the history calls it.") var name: String

            @Option(help: ArgumentHelp("How long it counts: at most 30d. Default: 1h.", valueName: "duration"))
            var expires = "1h"

            @Option(help: ArgumentHelp("How many hosts may join with it. Default: 1.", valueName: "n"))
            var uses = 1

            func validate() throws {
                guard let span = DurationText.parse(expires), span >= .seconds(60), span <= .seconds(30 * 86_400) else {
                    throw ValidationError("Say --expires as a duration from 60s to 30d, such as 2h.")
                }
                guard (1...10_000).contains(uses) else { throw ValidationError("Say --uses as 1 to 10000.") }
            }

            func run() async throws {
                let client = try server.client()
                let seconds = DurationText.parse(expires)?.components.seconds ?? 3_600
                let answer = try await client.post(
                    ServerClient.Route("join-tokens"),
                    .object([
                        "name": .string(name), "expires_in": .number("\(seconds)"), "uses": .number("\(uses)"),
                    ])
                )
                guard !server.json else { return server.printJSON(answer) }
                guard let token = try client.parse(answer).text("token") else {
                    throw ClientFailure.strangeAnswer(place: client.address.name, what: "the answer holds no token")
                }
                Terminal.output.line(token)
                Terminal.messages.line(
                    "Give it to \(Words.count(uses, "host")): `rota runner --server URL --join TOKEN`, with the address of dial_in."
                )
            }
        }

        /// `rota runners token list`.
        struct List: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "List join tokens, without their secrets.")

            @OptionGroup var server: ServerOptions

            func run() async throws {
                let client = try server.client()
                let answer = try await client.get(ServerClient.Route("join-tokens"))
                guard !server.json else { return server.printJSON(answer) }
                var table = Table("name", ">used", "made by", "created", "expires", "revoked")
                for token in try client.parse(answer).list("items") {
                    table.add(
                        Table.Cell(token.text("name"), .bold),
                        Table.Cell("\(token.integer("used") ?? 0)/\(token.integer("uses") ?? 0)"),
                        Table.Cell(token.text("created_by")),
                        .instant(token.instant("created_at")),
                        .instant(token.instant("expires_at")),
                        .instant(token.instant("revoked_at"))
                    )
                }
                table.print(orElse: "There is no join token. Make one with `rota runners token create NAME`.")
            }
        }

        /// `rota runners token revoke`.
        struct Revoke: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Revoke a join token; hosts that have joined stay."
            )

            @OptionGroup var server: ServerOptions
            @Argument(help: "The token's name.") var name: String

            func run() async throws {
                try await server.client().delete(ServerClient.Route("join-tokens", name))
                if server.json {

                    Terminal.output.line(
                        JSONValue.object(["name": .string(name), "revoked": .boolean(true)]).description
                    )
                } else {
                    Terminal.messages.line("Revoked \(name).")
                }
            }
        }
    }
}
