import Core
import DAGFile
import Host
import Store
import YAML
import Zones

/// A DAG as a person names it: a file, or the id of one that a server has in force.
struct DAGSubject {
    private let text: String

    /// Takes what was typed.
    init(_ text: String) {
        self.text = text
    }

    /// Reads the file as it is, or asks the server for the version in force; what fails is told to programs too.
    func dag(_ server: ServerOptions) async throws -> DAG {
        let isFile = text.contains("/") || text.hasSuffix(".yaml") || text.hasSuffix(".yml")
        do {
            return isFile ? try file() : try await inForce(server)
        } catch {
            if server.json, let document = Self.document(about: error) {
                Terminal.output.line(document.json.description)
            }
            throw error
        }
    }

    private static func document(about error: any Error) -> ErrorDocument? {
        if let invalid = error as? InvalidDAGFile {
            let problems = invalid.problems.map(\.json)
            return ErrorDocument(kind: "invalid-file", message: invalid.description, problems: problems)
        }
        guard let failure = error as? any CommandFailure else { return nil }
        let kinds: [ExitStatus: String] = [.notFound: "not-found", .unreachable: "unreachable", .refused: "refused"]
        return ErrorDocument(kind: kinds[failure.status] ?? "bad-input", message: failure.description)
    }

    private func file() throws -> DAG {
        guard let bytes = SmallFile.read(text, limit: 4 << 20) else {
            throw FileCheckError.missing(path: text, reason: SmallFile.reason)
        }
        let id: String
        do throws(DAGIDError) {
            id = try DAGFile.id(forPath: String(text.split(separator: "/").last ?? ""))
        } catch {
            throw FileCheckError.badName(error)
        }
        return try parse(bytes, path: text, id: id, CalendarFolder.calendars(forFile: text))
    }

    private func inForce(_ server: ServerOptions) async throws -> DAG {
        let client = try server.client()
        let record = try await client.document(ServerClient.Route("dags", text))
        guard let version = record.integer("version") else {
            throw ClientFailure.strangeAnswer(place: client.address.name, what: "the DAG has no version")
        }
        let route = ServerClient.Route("dags", text, "versions", "\(version)", "source")
        let source = try await client.get(route)
        let pinned = try await client.document(ServerClient.Route("dags", text, "versions", "\(version)", "calendars"))
        let calendars = CalendarSet(VersionSource.calendars(of: pinned["calendars"]))
        return try parse(source.bytes, path: record.text("path") ?? text, id: text, calendars)
    }

    private func parse(_ bytes: [UInt8], path: String, id: String, _ calendars: CalendarSet) throws -> DAG {
        let zones = ZoneDatabase()
        let result = DAGFile.parse(source: bytes, path: path, id: id, calendars: calendars) {
            try zones.rules(for: $0)
        }
        if let dag = result.dag { return dag }
        for problem in result.problems {
            Terminal.messages.write(problem.render(source: result.source, hasColour: Terminal.messages.hasColours))
        }
        throw InvalidDAGFile(path: path, problems: result.problems)
    }
}

/// A file that is no DAG; its problems have been told.
struct InvalidDAGFile: CommandFailure {
    var path: String
    var problems: [Problem]

    var status: ExitStatus { .misuse }

    var description: String { "'\(path.shortened)' has errors, so there is no DAG to look at." }
}
