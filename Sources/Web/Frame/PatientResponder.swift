import Hummingbird
import Synchronization

/// Answers a page for the database where that is silent: whoever opens one waits for seconds, and not for ever.
///
/// A page that takes long is waited for as long as the database answers at all. Programs that ask the API have time
/// limits of their own.
final class PatientResponder: HTTPResponder {
    typealias Context = WebContext

    private let base: RouterResponder<WebContext>
    private let site: Site
    private let patience: Duration
    private let pulse: DatabasePulse
    /// Whether the last question was not answered: then the next page is not begun before one is.
    private let isSilent = Mutex(false)

    /// Wraps all routes; a page may take `patience`, by default 1.5 seconds, before the database is asked for a sign of
    /// life.
    init(_ site: Site, patience: Duration = .milliseconds(1_500)) {
        base = site.makeRouter().buildResponder()
        (self.site, self.patience) = (site, patience)
        pulse = site.makePulse(limit: site.configuration.silence)
    }

    @concurrent
    func respond(to request: Request, context: WebContext) async throws -> Response {
        guard Self.isLimited(request) else { return try await base.respond(to: request, context: context) }
        if isSilent.withLock({ $0 }), await !answers() { return refusal(of: request, context) }
        let base = base
        let work = Task { try await base.respond(to: request, context: context) }
        return try await withTaskCancellationHandler {
            while true {
                if let result = await work.result(within: patience) { return try result.get() }
                // It is the page that is slow.
                if await answers() { continue }
                // What a form asked for is not taken back half done.
                if request.isReading { work.cancel() }
                return refusal(of: request, context)
            }
        } onCancel: {
            work.cancel()
        }
    }

    private static func isLimited(_ request: Request) -> Bool {
        let path = request.uri.path
        return !path.hasPrefix("/api/") && !path.hasPrefix("/assets/") && !["/healthz", "/readyz"].contains(path)
    }

    private func answers() async -> Bool {
        let answer = await pulse.answers()
        // Who has gone away has not waited for the answer.
        if !Task.isCancelled { isSilent.withLock { $0 = !answer } }
        return answer
    }

    private func refusal(of request: Request, _ context: WebContext) -> Response {
        let words = "The database does not answer. Tasks that run go on, and nothing that they do is lost. "
        let rest =
            request.isReading
            ? "Try again in a few seconds; if it stays so, whoever runs the server finds the reason in its log and "
                + "PostgreSQL's."
            : "Whether this was done is not known: \(RequestError.lookFirst)"
        let answer = site.answer(to: request, context: context, failing: RequestError.unavailable(words + rest))
        return ResponseFinish.finished(answer)
    }
}
