import Core
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Store

extension Site {
    private static let eventPause = Duration.milliseconds(500)
    /// After so many quiet looks a comment keeps proxies from closing the stream: 15 s.
    private static let quietEventLooks = 30

    /// Tells browsers of which DAGs something has changed, as server-sent events; pages then fetch themselves.
    ///
    /// `changed` carries the names of DAGs as a JSON array, empty for "anything". A message without a name comes first,
    /// so that a browser knows that nothing between holds events back. One stream serves all tabs of a browser; the tab
    /// that takes it over from another says where that one was.
    func changeEvents(_ request: Request, _ context: WebContext) async throws -> Response {
        var headers: HTTPFields = [
            .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache, no-transform",
        ]
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] } ?? query(request)["after"]
        let feed = changes
        let begin = try await feed.place()
        let body = ResponseBody { writer in
            var place = last.flatMap(ChangeFeed.Place.init) ?? begin
            try await writer.write(ByteBuffer(string: "retry: 3000\nid: \(place)\ndata: here\n\n"))
            var quiet = 0
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                if let (news, next) = try await feed.news(since: place) {
                    place = next
                    quiet = 0
                    try await writer.write(ByteBuffer(string: "id: \(place)\nevent: changed\ndata: \(news)\n\n"))
                } else {
                    quiet += 1
                    if quiet.isMultiple(of: Self.quietEventLooks) {
                        try await writer.write(ByteBuffer(string: ": here\n\n"))
                    }
                }
                try await Task.sleep(for: Self.eventPause)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}

extension ChangeFeed.Place: CustomStringConvertible {
    /// Reads what `description` writes.
    init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let epoch = UInt32(parts[0]), let number = Int(parts[1]) else { return nil }
        self.init(epoch: epoch, number: number)
    }

    var description: String { "\(epoch):\(number)" }
}

extension ChangeFeed.News: CustomStringConvertible {
    /// The names as a JSON array; an empty one for "anything".
    var description: String {
        switch self {
        case .anything: "[]"
        case .dags(let names): JSONValue.array(names.sorted().map { .string($0) }).description
        }
    }
}
