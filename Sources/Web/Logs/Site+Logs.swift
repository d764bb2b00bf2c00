import Core
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Store

extension Site {
    /// How much of a log is in memory at a time.
    private static let logPiece = 256 * 1024
    /// How often a followed log is looked at, soon after something came and later.
    private static let logPauses = (busy: Duration.milliseconds(60), quiet: Duration.milliseconds(150))
    /// After so many looks without anything new it is quiet.
    private static let busyLooks = 30
    /// After so many quiet looks a comment keeps proxies from closing the stream: 15 s.
    private static let quietLooks = 100

    /// Sends the stored bytes of a log as they are.
    func rawLog(_ request: Request, _ context: WebContext) async throws -> Response {
        let found = try await requireAttempt(context)
        return try await download(found, isPlain: false)
    }

    /// Sends a log as text without colours and control characters: all of it, some lines, or those with a text.
    func textLog(_ request: Request, _ context: WebContext) async throws -> Response {
        let found = try await requireAttempt(context)
        let fields = query(request)
        let asked = LogRequest(fields)
        if let complaint = asked.complaint { throw RequestError.invalid(complaint) }
        if let question = asked.question { return try await foundLines(found, question, from: asked.searched) }
        let first = asked.first ?? 1
        let last = fields["to"].flatMap(Int.init) ?? .max - 1
        if first > 1 || last < .max - 1 { return try await someLines(found, first...max(first, last)) }
        return try await download(found, isPlain: true)
    }

    /// Sends some lines; of a long one all.
    private func someLines(_ found: FoundAttempt, _ lines: ClosedRange<Int>) async throws -> Response {
        let attempt = try requireStarted(found)
        if let expired = try await Expiry(store).log(of: attempt) { throw expired }
        let store = store
        // The first piece may begin before the first line.
        let begin = try await store.logPlaces(of: attempt.id, lines: lines.lowerBound...lines.lowerBound).first
        let body = ResponseBody { writer in
            var plain = PlainText()
            var (position, line) = (begin?.start ?? 0, begin?.firstLine ?? 1)
            while begin != nil, line <= lines.upperBound, !Task.isCancelled {
                let range = try await store.logBytes(of: attempt.id, from: position, limit: Self.logPiece)
                guard !range.bytes.isEmpty else { break }
                if range.start > position {
                    if line >= lines.lowerBound {
                        try await writer.write(Self.leftOut(range.start - position))
                    }
                    line = try await store.logLine(of: attempt.id, at: range.start) ?? line + 1
                    guard line <= lines.upperBound else { break }
                }
                position = range.end
                var bytes = range.bytes[...]
                while line < lines.lowerBound, let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                    line += 1
                    bytes = bytes[(end + 1)...]
                }
                guard line >= lines.lowerBound else { continue }
                var end = bytes.startIndex
                while line <= lines.upperBound, end < bytes.endIndex {
                    guard let next = bytes[end...].firstIndex(of: UInt8(ascii: "\n")) else {
                        end = bytes.endIndex
                        break
                    }
                    line += 1
                    end = next + 1
                }
                try await writer.write(ByteBuffer(bytes: plain.strip(Array(bytes[..<end]))))
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: Self.textHeaders, body: body)
    }

    private static var textHeaders: HTTPFields {
        [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]
    }

    /// Sends the lines that a search finds, each behind its number.
    private func foundLines(_ found: FoundAttempt, _ question: LogQuestion, from start: Int) async throws -> Response {
        let attempt = try requireStarted(found)
        if let expired = try await Expiry(store).log(of: attempt) { throw expired }
        let text = try await logSearches.hits(question, of: attempt, from: start).text
        return Response(
            status: .ok,
            headers: Self.textHeaders,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
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
                if range.start > position { try await writer.write(Self.leftOut(range.start - position)) }
                try await writer.write(ByteBuffer(bytes: isPlain ? plain.strip(range.bytes) : range.bytes))
                position = range.end
            }
            try await writer.finish(nil)
        }
        var headers = Self.textHeaders
        // Names of DAGs, keys and tasks need no escaping here: they are letters, digits, dots, dashes and underscores.
        if !isPlain { headers[.contentDisposition] = "attachment; filename=\"\(file)\"" }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// A line of its own in place of what was not kept.
    private static func leftOut(_ count: Int) -> ByteBuffer {
        ByteBuffer(
            string: "\n[\(Quantity.grouped(count)) bytes of the log are left out here: more than log_cap keeps]\n"
        )
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
        var markup = LogMarkup(causeLine: nil, markedLine: nil, textPath: "\(found.attemptPath)/log.txt")
        markup.startedAt = attempt.startedAt
        let tail = LogTail(
            store: store,
            attempt: attempt.id,
            assembler: LineAssembler(number: max(1, line), place: max(0, place)),
            markup: markup
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
                try await Task.sleep(for: quiet < Self.busyLooks ? Self.logPauses.busy : Self.logPauses.quiet)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}
