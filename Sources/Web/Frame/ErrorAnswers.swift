import Hummingbird

/// Turns errors into answers where it is known who asks, so that their pages have the whole heading.
struct ErrorAnswers: RouterMiddleware {
    typealias Context = WebContext

    let site: Site

    @concurrent
    func handle(
        _ request: Request,
        context: WebContext,
        next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            var error = error
            if let missing = error as? HTTPError, missing.status == .notFound { error = await site.missing(request) }
            return site.answer(to: request, context: context, failing: error)
        }
    }
}
