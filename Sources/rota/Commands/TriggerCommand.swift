import ArgumentParser
import Core

/// `rota trigger`: starts a run.
struct TriggerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trigger",
        abstract: "Start a run of a DAG.",
        discussion: """
            Prints the run's name. With --wait the exit code is 0 if the run
            succeeded and 1 if it failed or was cancelled; Ctrl-C ends the waiting,
            not the run.

            Examples:
              rota trigger sales_daily
              rota trigger sales_daily -p region=emea -p full=true --wait
              rota trigger sales_daily --logical-date 2026-08-21T04:30:00Z --follow
            """
    )

    @OptionGroup var server: ServerOptions
    @Argument(help: "The DAG's id.") var dag: String

    @Option(name: [.customShort("p"), .long], help: ArgumentHelp("A param's value.", valueName: "name=value"))
    var param: [ParamArgument] = []

    @Option(help: ArgumentHelp("The instant that the run stands for; now, unless given.", valueName: "time"))
    var logicalDate: InstantArgument?

    @Flag(help: "Wait until the run has ended.")
    var wait = false

    @Flag(help: "Print the logs as they come, and wait until the run has ended.")
    var follow = false

    func validate() throws {
        var names: Set<String> = []
        for param in param where !names.insert(param.name).inserted {
            throw ValidationError("The param '\(param.name)' is given twice.")
        }
    }

    func run() async throws {
        let client = try server.client()
        let params = param.map { JSONValue.Member(name: $0.name, value: .string($0.value)) }
        let answer = try await client.post(
            ServerClient.Route("dags", dag, "runs"),
            .object([
                "params": .object(params),
                "logical_date": logicalDate.map { .string($0.instant.rfc3339) },
            ])
        )
        let run = try client.parse(answer)
        guard let id = run.text("id"), let name = RunName(id) else {
            throw ClientFailure.strangeAnswer(place: client.address.name, what: "the run has no id")
        }
        // The run exists by now, whatever else is asked.
        if let dag = try? await client.document(ServerClient.Route("dags", dag)), dag.flag("broken") {
            Terminal.messages.line(
                "rota: The file \(dag.text("path") ?? "of this DAG") is not valid now: its last good version, "
                    + "\(run.integer("version") ?? 0), runs. `rota why \(self.dag)` says what is wrong."
            )
        }
        guard wait || follow else {
            return server.json ? server.printJSON(answer) : Terminal.output.line(id)
        }
        if !server.json { Terminal.output.line(id) }
        let watch = RunWatch(client: client, run: name)
        if follow { try await watch.followLogs(to: server.json ? .messages : .output) }
        let end = try await watch.waitForEnd()
        let state = try client.parse(end).text("state") ?? ""
        if server.json {
            server.printJSON(end)
        } else {
            let detail = try await client.document(watch.route.with("detail", "true"))
            RunReport(run: detail).printEnding(to: .messages)
        }
        guard state == "success" else { throw SilentExit(status: .failed) }
    }
}

/// `name=value`.
struct ParamArgument: ExpressibleByArgument, Hashable, Sendable {
    var name: String
    var value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
        name = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }

    var defaultValueDescription: String { "\(name)=\(value)" }
}

/// An instant in RFC 3339.
struct InstantArgument: ExpressibleByArgument, Hashable, Sendable {
    var instant: Timestamp

    init?(argument: String) {
        guard let instant = Timestamp(rfc3339: argument) else { return nil }
        self.instant = instant
    }

    var defaultValueDescription: String { instant.rfc3339Seconds }
}
