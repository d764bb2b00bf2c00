import ArgumentParser
import Core
import Host

/// `rota explain`: says in words what a DAG will do.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say in words when a DAG runs and what its tasks wait for.",
        discussion: """
            A file is read as it is, without a server; for a DAG's id the server is
            asked for the version in force. The exit code is 2 if a file is not valid.

            Examples:
              rota explain dags/sales_daily.yaml
              rota explain sales_daily --count 10
            """
    )

    @OptionGroup var server: ServerOptions

    @Argument(help: ArgumentHelp("A DAG file, or a DAG's id.", valueName: "file-or-dag"))
    var subject: String

    @Option(help: ArgumentHelp("How many of the next runs are told.", valueName: "n"))
    var count = 5

    func validate() throws {
        guard (0...1000).contains(count) else {
            throw ValidationError("--count is \(count), but must be from 0 to 1000.")
        }
    }

    func run() async throws {
        let explanation = DAGExplanation(
            dag: try await DAGSubject(subject).dag(server),
            count: count,
            now: WallClock.now()
        )
        if server.json {
            Terminal.output.line(explanation.json.description)
        } else {
            explanation.print()
        }
    }
}
