import HTTPTypes
import Hummingbird
import NIOCore

/// Compresses pages, styles, scripts and JSON for browsers that take gzip: a phone waits for bytes.
struct Compression: RouterMiddleware {
    typealias Context = WebContext

    /// Less is sent as it is: the head would weigh more than what is saved.
    static let least = 1024
    /// More is not text that we made.
    private static let most = 4 * 1024 * 1024

    @concurrent
    func handle(
        _ request: Request,
        context: WebContext,
        next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard let type = response.headers[.contentType], Self.isText(type) else { return response }
        response.headers[.vary] = "Accept-Encoding"
        guard request.method == .get, let length = response.body.contentLength, length >= Self.least,
            length <= Self.most, Self.takesGzip(request.headers[.acceptEncoding] ?? ""),
            response.headers[.contentEncoding] == nil
        else { return response }
        let collected = CollectedBody()
        try await response.body.write(CollectingWriter(body: collected))
        let small = Gzip.file(of: Array(collected.buffer.readableBytesView), effort: .eachTime)
        response.headers[.contentEncoding] = "gzip"
        response.headers[.contentLength] = "\(small.count)"
        response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: small))
        return response
    }

    private static func isText(_ type: String) -> Bool {
        type.hasPrefix("text/html") || type.hasPrefix("text/css") || type.hasPrefix("text/javascript")
            || type.hasPrefix("application/json") || type.hasPrefix("image/svg")
    }

    /// Whether an `Accept-Encoding` names gzip without refusing it.
    static func takesGzip(_ header: String) -> Bool {
        header.split(separator: ",").contains { part in
            let fields = part.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard fields.first == "gzip" else { return false }
            return !fields.dropFirst().contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
        }
    }
}

/// The bytes of a body that is in memory already; used by one request alone.
private final class CollectedBody {
    var buffer = ByteBuffer()
}

private struct CollectingWriter: ResponseBodyWriter {
    let body: CollectedBody

    mutating func write(_ buffer: ByteBuffer) async throws {
        var buffer = buffer
        body.buffer.writeBuffer(&buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
