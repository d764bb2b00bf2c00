import Core

/// Tells of files in the DAG folder that cannot be read.
enum FileErrorReport {
    /// Asks for them and writes each with its place, as a message.
    static func print(_ client: ServerClient) async throws {
        for file in try await client.items(ServerClient.Route("files")) {
            let path = VisibleText.oneLine(file.text("path") ?? "?")
            for problem in file.list("problems") {
                let place = [problem.integer("line"), problem.integer("column")].compactMap { $0 }
                    .map { ":\($0)" }.joined()
                let message = VisibleText.oneLine(problem.text("message") ?? "it cannot be read")
                Terminal.messages.line("\(path)\(place): \(message)")
            }
        }
    }
}
