import ArgumentParser
import Core

/// `rota login`: the way in for a browser.
struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Print a link that signs one browser in, once, within 15 minutes.",
        discussion: """
            Example:
              rota login
            """
    )

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let client = try server.client()
        let answer = try await client.post(ServerClient.Route("login-links"))
        let document = try client.parse(answer)
        guard let path = document.text("path") else {
            throw ClientFailure.strangeAnswer(place: client.address.name, what: "the answer holds no link")
        }
        let base: String
        switch client.address.place {
        case .url(let url): base = url
        case .socket:
            guard let origin = document.text("origin") else {
                let what = "it serves no pages, only its socket"
                throw ClientFailure.strangeAnswer(place: client.address.name, what: what)
            }
            base = origin
        }
        guard server.json else { return Terminal.output.line(base + path) }
        Terminal.output.line(
            JSONValue.object(["url": .string(base + path), "minutes": document["minutes"]]).description
        )
    }
}
