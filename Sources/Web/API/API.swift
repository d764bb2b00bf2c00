import Core
import HTTPTypes
import Hummingbird
import NIOCore
import Scheduler
import Store

// The JSON API: what the command line speaks, and what third parties may rely on. `web/openapi.json` describes it.
//
// One extension of `API` for each noun; a route reads its request (`Query`, `RequestBody`), asks `Store` or tells
// `Operations`, and writes its answer with `JSONWriter`. Errors are thrown as `RequestError` or as what the lower
// modules throw; the frame turns them into `{"error":{"kind","message"}}`.

/// The routes below `/api/v1`.
struct API: Sendable {
    let configuration: WebConfiguration
    let store: Store
    let operations: Operations
    let definitions: DefinitionCache

    /// Adds every route.
    func addRoutes(to group: some RouterMethods<WebContext>) {
        addServerRoutes(to: group)
        addDAGRoutes(to: group)
        addRunRoutes(to: group)
        addTaskRoutes(to: group)
        addVerbRoutes(to: group)
        addLogRoute(to: group)
        addFailureRoutes(to: group)
        addIncidentRoutes(to: group)
        addBackfillRoutes(to: group)
        addRunnerRoutes(to: group)
        addStrayRoutes(to: group)
        addCapacityRoutes(to: group)
        addAccessRoutes(to: group)
        addWhyRoutes(to: group)
        addSearchRoute(to: group)
    }

    /// An answer with a JSON document.
    func answer(_ status: HTTPResponse.Status = .ok, _ write: (inout JSONWriter) throws -> Void) rethrows -> Response {
        var writer = JSONWriter()
        try write(&writer)
        return Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: writer.buffer)
        )
    }

    /// Makes sure that a DAG exists, so that an empty listing is not mistaken for one.
    func requireDAG(_ name: String) async throws {
        guard try await !store.hasDAG(name) else { return }
        throw try await unknownDAG(name)
    }

    /// The error for a DAG that does not exist, with the name that was probably meant.
    func unknownDAG(_ name: String) async throws -> RequestError {
        try await .missingDAG(name, in: store, nearest: Link(path: "/dags", text: "All DAGs"))
    }

    /// The error for a run that does not exist, or for the DAG where that is missing already.
    func unknownRun(_ name: RunName) async throws -> RequestError {
        guard try await store.hasDAG(name.dag) else { return try await unknownDAG(name.dag) }
        if let expired = try await Expiry(store).run(name) { return expired }
        let sentence =
            switch name.key {
            case "latest": "The DAG '\(name.dag)' has no run yet. Start one with `rota trigger \(name.dag)`."
            case "latest-failed": "The DAG '\(name.dag)' has no failed run."
            default:
                "There is no run '\(name.description.shortened)'. See `rota runs list --dag \(name.dag)`."
            }
        return .notFound(sentence, nearest: Link(path: "/dags/\(name.dag)", text: name.dag))
    }

    /// Reads the run that a route's address names.
    func requireRun(_ context: WebContext) async throws -> RunRecord {
        let name = try runName(context)
        guard let run = try await store.run(name) else { throw try await unknownRun(name) }
        return run
    }

    /// The run that a route's address names, taken at its word.
    func runName(_ context: WebContext) throws -> RunName {
        RunName(dag: try context.part("dag"), key: try context.part("key"))
    }
}
