import ArgumentParser
import Core

/// `rota why`: what something waits for.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say why a run, a task or a DAG does not go on.",
        discussion: """
            What is told is what the scheduler and the runners' servers wrote when they
            decided: which task, pool, limit or runner it is, who holds it since when,
            and when it is over by itself.

            Examples:
              rota why sales_daily/latest
              rota why sales_daily/latest load
              rota why sales_daily
            """
    )

    @OptionGroup var server: ServerOptions
    @Argument(help: "A run, as DAG/KEY (DAG/latest works too), or a DAG that has no run.") var subject: String
    @Argument(help: "A task of the run.") var task: String?

    @Option(help: ArgumentHelp("Which instance of a mapped task.", valueName: "n"))
    var mapIndex: Int?

    func validate() throws {
        if task != nil, RunName(subject) == nil {
            throw ValidationError("A task belongs to a run: rota why \(subject)/latest \(task ?? "")")
        }
        if mapIndex != nil, task == nil { throw ValidationError("--map-index needs a task.") }
    }

    func run() async throws {
        let client = try server.client()
        let answer = try await client.get(route)
        guard !server.json else { return server.printJSON(answer) }
        WhyReport(answer: try client.parse(answer)).print()
    }

    private var route: ServerClient.Route {
        guard let name = RunName(subject) else { return ServerClient.Route("dags", subject, "why") }
        guard let task else { return ServerClient.Route("runs", name.dag, name.key, "why") }
        return ServerClient.Route("runs", name.dag, name.key, "tasks", task, "why").with("map_index", mapIndex)
    }
}
