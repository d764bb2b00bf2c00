import HTTPTypes
import Hummingbird
import Logging
import Store

/// The outermost layer: turns errors into answers and gives every answer the headers that keep browsers safe.
struct ResponseFinish: RouterMiddleware {
    typealias Context = WebContext

    let site: Site

    @concurrent
    func handle(
        _ request: Request,
        context: WebContext,
        next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return Self.finished(try await next(request, context))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return Self.finished(site.answer(to: request, context: context, failing: error))
        }
    }

    /// An answer with all headers.
    static func finished(_ answer: Response) -> Response {
        var response = answer
        for (name, value) in headers where response.headers[name] == nil { response.headers[name] = value }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    /// No script, style or picture but ours, no frame around us, no guess at types, no address told to others.
    static let headers: [(HTTPField.Name, String)] = {
        let pairs = [
            (
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                    + "form-action 'self'; frame-ancestors 'none'"
            ),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        return pairs.compactMap { pair in HTTPField.Name(pair.0).map { ($0, pair.1) } }
    }()
}
