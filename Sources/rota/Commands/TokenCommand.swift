import ArgumentParser
import Core

/// `rota token`: keys for programs.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and revoke tokens.",
        discussion: """
            A token is sent as `Authorization: Bearer TOKEN` and may do everything.
            It is shown once and kept nowhere.

            Examples:
              rota token create ci
              rota token list
              rota token revoke ci
            """,
        subcommands: [Create.self, List.self, Revoke.self]
    )

    /// `rota token create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token and print it, this once.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "What the history calls whoever uses it.") var name: String

        func run() async throws {
            let client = try server.client()
            let answer = try await client.post(ServerClient.Route("tokens"), .object(["name": .string(name)]))
            guard !server.json else { return server.printJSON(answer) }
            guard let token = try client.parse(answer).text("token") else {
                throw ClientFailure.strangeAnswer(place: client.address.name, what: "the answer holds no token")
            }
            Terminal.output.line(token)
        }
    }

    /// `rota token list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens, without their secrets.")

        @OptionGroup var server: ServerOptions

        func run() async throws {
            let client = try server.client()
            let answer = try await client.get(ServerClient.Route("tokens"))
            guard !server.json else { return server.printJSON(answer) }
            var table = Table("name", "created", "last used", "revoked")
            for token in try client.parse(answer).list("items") {
                table.add(
                    Table.Cell(token.text("name"), .bold),
                    .instant(token.instant("created_at")),
                    .instant(token.instant("last_used_at")),
                    .instant(token.instant("revoked_at"))
                )
            }
            table.print(orElse: "There is no token. Make one with `rota token create NAME`.")
        }
    }

    /// `rota token revoke`.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a token; it stops counting at once.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The token's name.") var name: String

        func run() async throws {
            try await server.client().delete(ServerClient.Route("tokens", name))
            if server.json {
                Terminal.output.line(JSONValue.object(["name": .string(name), "revoked": .boolean(true)]).description)
            } else {
                Terminal.messages.line("Revoked \(name).")
            }
        }
    }
}
