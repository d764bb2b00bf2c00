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
              rota logs sales_daily/latest load --grep 'net_amt' -i --context 2
              rota logs sales_daily/latest load --grep 'part-[0-9]+' --regex --json

            A search is done by the server and prints lines as grep -n does; it ends
            with 1 where none matches. Patterns know . [a-z] [^x] \\d \\w \\s ( ) |
            * + ? {n,m} ^ and $, and no back-references.
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

    @Option(help: ArgumentHelp("Print only lines with this text, with their numbers.", valueName: "text"))
    var grep: String?

    @Flag(name: [.customShort("i"), .long], help: "With --grep: upper and lower case are the same.")
    var ignoreCase = false

    @Flag(help: "With --grep: the text is a regular expression.")
    var regex = false

    @Option(help: ArgumentHelp("With --grep: so many lines around each, at most 5.", valueName: "n"))
    var context: Int?

    func validate() throws {
        if grep == nil, ignoreCase || regex || context != nil {
            throw ValidationError("--ignore-case, --regex and --context belong to a search: add --grep TEXT.")
        }
        if let context, !(0...5).contains(context) { throw ValidationError("--context is a number from 0 to 5.") }
        if grep != nil, follow { throw ValidationError("--grep searches what is there; not with --follow.") }
        if grep == "" { throw ValidationError("--grep needs a text.") }
        if let attempt, attempt < 1 { throw ValidationError("Attempts are counted from 1.") }
        if server.json, follow {
            throw ValidationError("--json prints one document when all is known; not with --follow.")
        }
    }

    func run() async throws {
        let client = try server.client()
        let name = try await client.resolve(run.name)
        if let grep {
            let finder = LogFinder(
                client: client,
                run: name,
                key: LogKey(task: task, mapIndex: mapIndex, attempt: attempt ?? 0),
                wanted: .init(text: grep, isPattern: regex, ignoresCase: ignoreCase, context: context ?? 0)
            )
            let isFound = server.json ? try await finder.printJSON() : try await finder.print()
            if !isFound { throw ExitCode(ExitStatus.failed.rawValue) }
            return
        }
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
