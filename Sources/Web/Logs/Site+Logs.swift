import Core
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Store

extension Site {
    /// How much of a log is in memory at a time.
    private static let logPiece = 256 * 1024
    /// How often a followed log is looked at.
    private static let logPause = Duration.milliseconds(150)
    /// After so many quiet looks a comment keeps proxies from closing the stream: 15 s.
    private static let quietLooks = 100

    /// Sends the stored bytes of a log as they are.
    func rawLog(_ request: Request, _ context: WebContext) async throws -> Response {
        let found = try await requireAttempt(context)
        return try await download(found, isPlain: false)
    }

    /// Sends a log as text without colours and control characters.
    func textLog(_ request: Request, _ context: WebContext) async throws -> Response {
        let found = try await requireAttempt(context)
        return try await download(found, isPlain: true)
    }

    private func download(_ found: FoundAttempt, isPlain: Bool) async throws -> Response {
        let attempt = try requireStarted(found)
        if let expired = try await Expiry(store).log(of: attempt) { throw expired }
        let store = store
        let file = "\(found.run.name.dag)_\(found.run.name.key)_\(found.task.id)_a\(attempt.number).log"
        let body = ResponseBody { writer in
            var plain = PlainText()
            var position = 0
            while !Task.isCancelled {
                let range = try await store.logBytes(of: attempt.id, from: position, limit: Self.logPiece)
                guard !range.bytes.isEmpty else { break }
                try await writer.write(ByteBuffer(bytes: isPlain ? plain.strip(range.bytes) : range.bytes))
                position = range.end
            }
            try await writer.finish(nil)
        }
        var headers: HTTPFields = [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]
        // Names of DAGs, keys and tasks need no escaping here: they are letters, digits, dots, dashes and underscores.
        if !isPlain { headers[.contentDisposition] = "attachment; filename=\"\(file)\"" }
        return Response(status: .ok, headers: headers, body: body)
    }

    private func requireStarted(_ found: FoundAttempt) throws -> AttemptRecord {
        if let attempt = found.attempt { return attempt }
        let link = Link(path: found.path, text: found.task.displayName)
        throw RequestError.notFound(
            "The task '\(found.task.displayName)' has no attempt yet, so no log.",
            nearest: link
        )
    }

    /// Sends the lines that arrive from a place on, until the attempt's log is whole.
    func logEvents(_ request: Request, _ context: WebContext) async throws -> Response {
        let found = try await requireAttempt(context)
        let attempt = try requireStarted(found)
        let fields = query(request)
        // A browser that lost the stream says where it was.
        let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
        let resumed = last?.split(separator: ":").compactMap { Int($0) } ?? []
        let place = resumed.count == 2 ? resumed[0] : fields["from"].flatMap(Int.init) ?? 0
        let line = resumed.count == 2 ? resumed[1] : fields["line"].flatMap(Int.init) ?? 1
        var headers: HTTPFields = [
            .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache, no-transform",
        ]
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        let tail = LogTail(
            store: store,
            attempt: attempt.id,
            assembler: LineAssembler(number: max(1, line), place: max(0, place)),
            markup: LogMarkup(causeLine: nil, markedLine: nil, rawPath: "\(found.attemptPath)/log.raw")
        )
        let body = ResponseBody { writer in
            var tail = tail
            var quiet = 0
            try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                if let event = try await tail.next() {
                    try await writer.write(ByteBuffer(string: event))
                    quiet = 0
                    if tail.isOver { break }
                    continue
                }
                quiet += 1
                if quiet.isMultiple(of: Self.quietLooks) { try await writer.write(ByteBuffer(string: ": here\n\n")) }
                try await Task.sleep(for: Self.logPause)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}
