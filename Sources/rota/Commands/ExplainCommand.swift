import ArgumentParser
import Core
import DAGFile
import Host
import YAML
import Zones

/// `rota explain`: says in words what a DAG will do.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say in words when a DAG runs and what its tasks wait for.",
        discussion: """
            A file is read as it is, without a server; for a DAG's id the server is
            asked for the version in force.

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
        let isFile = subject.contains("/") || subject.hasSuffix(".yaml") || subject.hasSuffix(".yml")
        let dag = isFile ? try readFile() : try await askServer()
        let explanation = DAGExplanation(dag: dag, count: count, now: WallClock.now())
        if server.json {
            Terminal.output.line(explanation.json.description)
        } else {
            explanation.print()
        }
    }

    private func readFile() throws -> DAG {
        guard let bytes = SmallFile.read(subject, limit: 4 << 20) else {
            throw FileCheckError.missing(path: subject, reason: SmallFile.reason)
        }
        let id: String
        do throws(DAGIDError) {
            id = try DAGFile.id(forPath: String(subject.split(separator: "/").last ?? ""))
        } catch {
            throw FileCheckError.badName(error)
        }
        return try parse(bytes, path: subject, id: id)
    }

    private func askServer() async throws -> DAG {
        let client = try server.client()
        let record = try await client.document(ServerClient.Route("dags", subject))
        guard let version = record.integer("version") else {
            throw ClientFailure.strangeAnswer(place: client.address.name, what: "the DAG has no version")
        }
        let route = ServerClient.Route("dags", subject, "versions", "\(version)", "source")
        let source = try await client.get(route)
        return try parse(source.bytes, path: record.text("path") ?? subject, id: subject)
    }

    private func parse(_ bytes: [UInt8], path: String, id: String) throws -> DAG {
        let zones = ZoneDatabase()
        let result = DAGFile.parse(source: bytes, path: path, id: id) { try zones.rules(for: $0) }
        if let dag = result.dag { return dag }
        for problem in result.problems {
            Terminal.messages.write(problem.render(source: result.source, hasColour: Terminal.messages.hasColours))
        }
        throw SilentExit(status: .failed)
    }
}
