import Core
import Hummingbird
import Scheduler
import Store

extension API {
    /// Routes about what people are told of.
    func addIncidentRoutes(to group: some RouterMethods<WebContext>) {
        group.get("incidents", use: listIncidents)
        group.get("incidents/{code}", use: showIncident)
        group.post("incidents/{code}/acknowledge", use: acknowledge)
        group.post("incidents/{code}/mute", use: mute)
        group.get("mutes", use: listMutes)
        group.post("mutes/{id}/end", use: endMute)
    }

    @Sendable private func listIncidents(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["open", "limit", "after"])
        let page = try await store.incidents(
            before: query.integer("after", in: 1...Int.max),
            isOpen: query.flag("open"),
            limit: query.limit()
        )
        return answer { $0.listing(page.items, next: page.next.map { "\($0)" }) { $0.incident($1) } }
    }

    @Sendable private func showIncident(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        return try await incidentAnswer(try context.part("code"))
    }

    private func incidentAnswer(_ code: String) async throws -> Response {
        guard let record = try await store.incident(code) else { throw OperationError.unknownIncident(code) }
        return answer { $0.incident(record) }
    }

    @Sendable private func acknowledge(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        _ = try await RequestBody(request, allowed: [])
        let code = try context.part("code")
        try await operations.acknowledge(incident: code, actor: context.visitor.actor)
        return try await incidentAnswer(code)
    }

    @Sendable private func mute(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["what", "for", "reason"])
        let span = try body.requiredText("for")
        guard let duration = DurationText.parse(span) else {
            throw RequestError.invalid("for is '\(span.shortened)', but must be a duration such as 8h.")
        }
        let what = try body.word("what", as: MuteSubject.self) ?? .failure
        let id = try await operations.mute(
            incident: try context.part("code"),
            wholeDAG: what == .dag,
            for: duration,
            reason: try body.text("reason"),
            actor: context.visitor.actor
        )
        let record = try await store.mutes().first { $0.id == id }
        guard let record else { throw RequestError.conflict("The mute has ended already.") }
        return answer(.created) { $0.mute(record) }
    }

    @Sendable private func listMutes(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let mutes = try await store.mutes()
        return answer { $0.listing(mutes) { $0.mute($1) } }
    }

    @Sendable private func endMute(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        _ = try await RequestBody(request, allowed: [])
        let id = try context.part("id")
        try await operations.unmute(Int(id) ?? 0, actor: context.visitor.actor)
        return answer { $0.object { $0.member("ended", true) } }
    }
}

/// What a mute is about.
enum MuteSubject: String, CaseIterable, Sendable {
    /// The sort of failure, wherever it happens.
    case failure
    /// Every failure of the DAG.
    case dag
}
