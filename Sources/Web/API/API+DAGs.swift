import Core
import HTTPTypes
import Hummingbird
import NIOCore
import Scheduler
import Store

extension API {
    /// Routes about DAGs.
    func addDAGRoutes(to group: some RouterMethods<WebContext>) {
        group.get("dags", use: listDAGs)
        group.get("dags/{dag}", use: showDAG)
        group.get("dags/{dag}/versions", use: listVersions)
        group.get("dags/{dag}/ticks", use: listTicks)
        group.get("dags/{dag}/versions/{number}/source", use: showSource)
        group.get("dags/{dag}/versions/{number}/calendars", use: showCalendars)
        group.post("dags/{dag}/runs", use: trigger)
        group.get("files", use: listFileErrors)
    }

    @Sendable private func listDAGs(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["limit", "after", "retired"])
        let page = try await store.dags(
            after: query.text("after"),
            includesRetired: query.flag("retired"),
            limit: query.limit()
        )
        var items: [(record: DAGRecord, definition: DAG?)] = []
        for record in page.items { items.append((record, try await definitions.definition(of: record))) }
        return answer { $0.listing(items, next: page.next) { $0.dag($1.record, definition: $1.definition) } }
    }

    @Sendable private func showDAG(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        return try await dagAnswer(try context.part("dag"))
    }

    /// A DAG with what its file says.
    func dagAnswer(_ name: String) async throws -> Response {
        guard let dag = try await store.dag(name) else { throw try await unknownDAG(name) }
        let definition = try await definitions.definition(of: dag)
        let error = dag.isBroken ? try await store.fileError(path: dag.path) : nil
        let deeds = try await store.deeds(ofDAG: dag.rowID, limit: 10)
        return answer { $0.dagDetail(dag, definition: definition, error: error, deeds) }
    }

    @Sendable private func listVersions(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let name = try context.part("dag")
        try await requireDAG(name)
        let versions = try await store.versions(ofDAG: name)
        return answer { $0.listing(versions) { $0.version($1) } }
    }

    @Sendable private func listTicks(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["from", "to", "limit", "after"])
        let name = try context.part("dag")
        try await requireDAG(name)
        let page = try await store.ticks(
            ofDAG: name,
            since: query.instant("from"),
            before: query.instant("after") ?? query.instant("to"),
            limit: query.limit()
        )
        return answer { $0.listing(page.items, next: page.next?.rfc3339) { $0.tick($1, of: name) } }
    }

    @Sendable private func showSource(_ request: Request, _ context: WebContext) async throws -> Response {
        let source = try await versionSource(request, context)
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: source.bytes))
        )
    }

    /// The calendars that a version of a DAG was made with.
    @Sendable private func showCalendars(_ request: Request, _ context: WebContext) async throws -> Response {
        let source = try await versionSource(request, context)
        return answer { writer in
            writer.object {
                $0.name("calendars")
                $0.document(source.calendarsJSON.description)
            }
        }
    }

    private func versionSource(_ request: Request, _ context: WebContext) async throws -> VersionSource {
        _ = try Query(request, allowed: [])
        let name = try context.part("dag")
        let number = try context.part("number")
        guard let version = Int(number), let source = try await store.source(ofDAG: name, version: version) else {
            try await requireDAG(name)
            throw RequestError.notFound(
                "The DAG '\(name)' has no version '\(number.shortened)'.",
                nearest: Link(path: "/dags/\(name)", text: name)
            )
        }
        return source
    }

    @Sendable private func trigger(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["params", "logical_date"])
        let name = try await operations.trigger(
            dag: try context.part("dag"),
            params: body.values("params"),
            logicalDate: body.instant("logical_date"),
            actor: context.visitor.actor,
            idempotencyKey: try idempotencyKey(of: request)
        )
        guard let run = try await store.runDetail(name) else { throw try await unknownRun(name) }
        var response = answer(.created) { $0.run(run) }
        response.headers[.location] = "/api/v1/runs/\(name)"
        return response
    }

    /// The header by which a request sent twice acts once.
    private func idempotencyKey(of request: Request) throws(RequestError) -> String? {
        guard let name = HTTPField.Name("Idempotency-Key"), let key = request.headers[name] else { return nil }
        guard (1...200).contains(key.utf8.count) else {
            throw .invalid("The header Idempotency-Key has \(key.utf8.count) bytes; 1 to 200 are allowed.")
        }
        return key
    }

    @Sendable private func listFileErrors(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let errors = try await store.fileErrors()
        return answer { $0.listing(errors) { $0.fileError($1) } }
    }
}
