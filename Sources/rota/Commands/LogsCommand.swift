import ArgumentParser
import Core

/// `rota logs`: what a task wrote.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print the log of a task.",
        discussion: """
            Into a pipe or file the bytes go as they are. On a terminal, control
            characters other than colours are shown instead of obeyed.

            Examples:
              rota logs sales_daily/latest load
              rota logs sales_daily/latest-failed load --attempt 2
              rota logs sales_daily/latest load --follow
            """
    )

    @OptionGroup var server: ServerOptions
    @Argument(help: RunArgument.help) var run: RunArgument
    @Argument(help: "The task's id.") var task: String

    @Option(help: ArgumentHelp("Which attempt; the latest, unless given.", valueName: "n"))
    var attempt: Int?

    @Option(help: ArgumentHelp("Which instance of a mapped task.", valueName: "n"))
    var mapIndex: Int?

    @Flag(help: "Go on until the task has ended, through its retries.")
    var follow = false

    func validate() throws {
        if let attempt, attempt < 1 { throw ValidationError("Attempts are counted from 1.") }
        if server.json, follow {
            throw ValidationError("--json prints one document when all is known; not with --follow.")
        }
    }

    func run() async throws {
        let client = try server.client()
        let name = try await client.resolve(run.name)
        var reader = LogPrinter(client: client, run: name, task: task, mapIndex: mapIndex)
        if server.json {
            try await reader.printJSON(attempt: attempt)
        } else if follow, attempt == nil {
            try await reader.followTask()
        } else {
            try await reader.print(attempt: attempt, follow: follow)
        }
    }
}
