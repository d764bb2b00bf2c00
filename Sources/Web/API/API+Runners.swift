import Core
import Hummingbird
import Scheduler
import Store

extension API {
    /// Routes about where tasks run.
    func addRunnerRoutes(to group: some RouterMethods<WebContext>) {
        group.get("runners", use: listRunners)
        group.get("runners/{runner}", use: showRunner)
        group.post("runners/{runner}/drain", use: drainRunner)
        group.post("runners/{runner}/resume", use: resumeRunner)
        group.post("runners/{runner}/remove", use: removeRunner)
        group.get("join-tokens", use: listJoinTokens)
        group.post("join-tokens", use: createJoinToken)
        group.delete("join-tokens/{name}", use: revokeJoinToken)
    }

    @Sendable private func listRunners(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let runners = try await store.runners()
        return answer { $0.listing(runners) { $0.runner($1) } }
    }

    @Sendable private func showRunner(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let name = try context.part("runner")
        let runners = try await store.runners()
        guard let runner = runners.first(where: { $0.name == name }) else {
            let hint = Spelling.suggestion(for: name, among: runners.map(\.name))
            throw RequestError.notFound(
                "There is no runner '\(name.shortened)'" + (hint.isEmpty ? "." : hint),
                nearest: Link(path: "/runners", text: "Runners")
            )
        }
        let holders = try await store.slotHolders(of: .runner(name), limit: 100)
        let history = try await store.deeds(ofRunner: name, limit: 50)
        return answer { $0.runnerDetail(runner, holders.oldest, history) }
    }

    @Sendable private func drainRunner(_ request: Request, _ context: WebContext) async throws -> Response {
        let body = try await RequestBody(request, allowed: ["reason", "dry_run"])
        return try await act(.drain, body, request, context)
    }

    @Sendable private func resumeRunner(_ request: Request, _ context: WebContext) async throws -> Response {
        let body = try await RequestBody(request, allowed: ["reason", "dry_run"])
        return try await act(.resume, body, request, context)
    }

    @Sendable private func removeRunner(_ request: Request, _ context: WebContext) async throws -> Response {
        let body = try await RequestBody(request, allowed: ["reason", "dry_run", "force"])
        return try await act(.remove(force: try body.flag("force")), body, request, context)
    }

    private func act(
        _ verb: RunnerVerb,
        _ body: RequestBody,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        _ = try Query(request, allowed: [])
        let name = try context.part("runner")
        let isRehearsal = try body.flag("dry_run")
        let plan =
            isRehearsal
            ? try await operations.plan(verb, runner: name)
            : try await operations.perform(
                verb,
                runner: name,
                actor: context.visitor.actor,
                reason: body.text("reason")
            )
        return answer { $0.runnerPlan(plan, isRehearsal: isRehearsal) }
    }
}

// MARK: - Tokens by which hosts join

extension API {
    /// The longest that such a token counts, in seconds.
    private static let longestJoin = 30 * 86_400

    @Sendable private func listJoinTokens(_ request: Request, _ context: WebContext) async throws -> Response {
        try requireKeyholder(context)
        _ = try Query(request, allowed: [])
        let tokens = try await store.joinTokens()
        return answer { writer in
            writer.listing(tokens) { writer, token in
                writer.object {
                    $0.member("name", token.name)
                    $0.member("created_at", token.createdAt)
                    $0.member("created_by", token.createdBy)
                    $0.member("expires_at", token.expiresAt)
                    $0.member("used", token.uses)
                    $0.member("uses", token.mostUses)
                    $0.member("revoked_at", token.revokedAt)
                }
            }
        }
    }

    @Sendable private func createJoinToken(_ request: Request, _ context: WebContext) async throws -> Response {
        try requireKeyholder(context)
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["name", "expires_in", "uses"])
        let name = try body.requiredText("name")
        guard Self.isTokenName(name) else {
            throw RequestError.invalid(
                "The name '\(name.shortened)' is not allowed; use 1 to 100 letters, digits, '.', '_', '-' and '@'."
            )
        }
        let seconds = try body.integer("expires_in", in: 60...Self.longestJoin) ?? 3_600
        let token = try await store.createJoinToken(
            name: name,
            span: .seconds(seconds),
            mostUses: try body.integer("uses", in: 1...10_000) ?? 1,
            actor: context.visitor.actor
        )
        guard let token else {
            throw RequestError.conflict(
                "There is a join token '\(name)' already. Choose another name, or revoke it with "
                    + "`rota runners token revoke \(name)`."
            )
        }
        return answer(.created) {
            $0.object {
                $0.member("name", name)
                $0.member("token", token)
            }
        }
    }

    @Sendable private func revokeJoinToken(_ request: Request, _ context: WebContext) async throws -> Response {
        try requireKeyholder(context)
        _ = try Query(request, allowed: [])
        let name = try context.part("name")
        guard try await store.revokeJoinToken(name: name) else {
            throw RequestError.notFound("There is no join token '\(name.shortened)' that counts.", nearest: nil)
        }
        return Response(status: .noContent)
    }
}
