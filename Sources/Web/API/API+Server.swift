import Hummingbird
import NIOCore
import Scheduler
import Store

extension API {
    /// Routes about the server itself.
    func addServerRoutes(to group: some RouterMethods<WebContext>) {
        group.get("version", use: version)
        group.get("health", use: health)
        group.get("openapi.json", use: description)
        group.post("schedule/resume", use: resumeSchedules)
    }

    @Sendable private func version(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        return answer {
            $0.object {
                $0.member("version", configuration.version)
                $0.member("api", "v1")
            }
        }
    }

    @Sendable private func health(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let now = try await store.now()
        var problems: [(name: String, sentence: String)] = []
        for check in configuration.checks {
            if let sentence = await check.problem() { problems.append((check.name, sentence)) }
        }
        return answer {
            $0.object {
                $0.member("status", problems.isEmpty ? "ok" : "impaired")
                $0.member("time", now)
                $0.name("problems")
                $0.array(problems) { writer, problem in
                    writer.object {
                        $0.member("check", problem.name)
                        $0.member("message", problem.sentence)
                    }
                }
            }
        }
    }

    @Sendable private func resumeSchedules(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        _ = try await RequestBody(request, allowed: [])
        try await operations.resumeSchedules(actor: context.visitor.actor)
        return answer { $0.object { $0.member("halted", false) } }
    }

    @Sendable private func description(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let document = Asset.all["openapi.json"] else {
            throw RequestError.notFound("This build has no description of its API.", nearest: nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: document.bytes))
        )
    }
}
