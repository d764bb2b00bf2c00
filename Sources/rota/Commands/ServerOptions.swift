import ArgumentParser

/// Which server a command asks, and how it answers.
struct ServerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The server's data directory, whose socket is used.", valueName: "directory"))
    var data: String?

    @Option(help: ArgumentHelp("The server's address, such as https://rota.example.com.", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("A file with the token for --url; else ROTA_TOKEN is used.", valueName: "file"))
    var tokenFile: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    /// The server that is meant.
    func client() throws(ClientFailure) -> ServerClient {
        let wish = ServerAddress.Wish(data: data, url: url, tokenFile: tokenFile)
        return ServerClient(try ServerAddress.resolve(wish, environment: .current))
    }

    /// Prints an answer of the server as it is.
    func printJSON(_ answer: ServerClient.Answer) {
        let text = answer.text
        Terminal.output.write(text.hasSuffix("\n") ? text : text + "\n")
    }
}
