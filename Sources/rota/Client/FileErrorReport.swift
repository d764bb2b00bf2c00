import Core

/// Tells of files in the DAG folder that cannot be read.
enum FileErrorReport {
    /// Asks for all of them and writes each with its place, as messages.
    static func print(_ client: ServerClient) async throws {
        for file in try await client.items(ServerClient.Route("files")) { print(file) }
    }

    /// Writes what is wrong with one file.
    static func print(_ file: JSONValue) {
        let path = VisibleText.oneLine(file.text("path") ?? "?")
        for problem in file.list("problems") {
            let place = [problem.integer("line"), problem.integer("column")].compactMap { $0 }.map { ":\($0)" }.joined()
            let message = VisibleText.oneLine(problem.text("message") ?? "it cannot be read")
            let hint = problem.text("hint").map { " (\(VisibleText.oneLine($0)))" } ?? ""
            Terminal.messages.line("\(path)\(place): \(message)\(hint)")
        }
    }
}
