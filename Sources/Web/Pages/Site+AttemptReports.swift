import Core
import HTTPTypes
import Hummingbird
import NIOCore
import Store

// An attempt's page for programs: its address with `.txt` or `.json` behind it.

extension Site {
    /// Tells all about an attempt as text; with `first_error` or `grep`, lines of its log.
    func attemptText(_ request: Request, _ context: WebContext) async throws -> Response {
        let (found, attempt) = try await requireStartedAttempt(context)
        switch try AttemptQuestion(query(request)) {
        case .report: return text(try await report(found, attempt).text())
        case .firstError:
            let cause = try requireCause(attempt)
            return text(AttemptReport.plain(Array(cause.text.utf8)) + "\n")
        case .grep(let question, let start):
            return text(try await logSearches.hits(question, of: attempt, from: start).text)
        }
    }

    /// Tells the same as JSON.
    func attemptJSON(_ request: Request, _ context: WebContext) async throws -> Response {
        let (found, attempt) = try await requireStartedAttempt(context)
        var writer = JSONWriter()
        switch try AttemptQuestion(query(request)) {
        case .report: try await report(found, attempt).json(into: &writer)
        case .firstError:
            let cause = try requireCause(attempt)
            writer.object {
                $0.member("line", cause.line)
                $0.member("text", cause.text)
                $0.member("rule", cause.rule)
            }
        case .grep(let question, let start):
            writer.hits(try await logSearches.hits(question, of: attempt, from: start), of: attempt)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: writer.buffer)
        )
    }

    private func requireStartedAttempt(_ context: WebContext) async throws -> (FoundAttempt, AttemptRecord) {
        let found = try await requireAttempt(context)
        guard let attempt = found.attempt else {
            throw RequestError.notFound(
                "The task '\(found.task.displayName)' has no attempt yet; it is \(found.task.state.rawValue).",
                nearest: Link(path: found.path, text: found.task.displayName)
            )
        }
        return (found, attempt)
    }

    private func requireCause(_ attempt: AttemptRecord) throws -> AttemptRecord.CauseLine {
        if let cause = attempt.cause { return cause }
        let why = attempt.state.isLive ? "it has not ended" : "its log has none"
        throw RequestError.notFound("Attempt \(attempt.number) has no line that tells an error: \(why).", nearest: nil)
    }

    private func report(_ found: FoundAttempt, _ attempt: AttemptRecord) async throws -> AttemptReport {
        let definition = try await definitions.definition(of: found.run, attempt)
        let isFailure = attempt.state.isFailure
        let reader = LogReader(store: store, attempt: attempt.id)
        var near: [LogLine] = []
        if isFailure, let line = attempt.cause?.line {
            near = try await reader.window(from: max(1, line - CauseView.linesBefore)).lines
        }
        let tail = try await logComparisons.lines(of: attempt, mostBytes: 16 * 1024)
        return AttemptReport(
            found: found,
            attempt: attempt,
            definition: definition,
            usual: try await store.usualDuration(ofTask: found.task.id, before: found.run),
            around: isFailure ? try await surroundings(of: attempt, found, definition: definition) : nil,
            causeLines: near,
            tail: Array(tail.suffix(AttemptReport.tailLines)),
            now: try await store.now()
        )
    }

    private func text(_ text: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}

/// What a program wants to know of an attempt.
enum AttemptQuestion: Hashable, Sendable {
    /// Everything.
    case report
    /// The line that most likely tells why it failed.
    case firstError
    /// The lines of its log that a search finds, from a place on.
    case grep(LogQuestion, from: Int)

    /// Reads a query; what it does not know is refused.
    init(_ fields: FormFields) throws(RequestError) {
        let known = ["first_error", "grep", "re", "ignore_case", "ctx", "searched"]
        if let strange = fields.pairs.first(where: { !known.contains($0.name) }) {
            throw .invalid(
                "This address has no query '\(strange.name.shortened)'; known: \(known.joined(separator: ", "))."
            )
        }
        if let text = fields["grep"] {
            guard !text.isEmpty else { throw .invalid("grep is empty: say what to look for, as in ?grep=ERROR.") }
            let question = try LogQuestion(
                text,
                isPattern: fields["re"] == "1",
                ignoresCase: fields["ignore_case"] == "1",
                context: fields["ctx"].flatMap(Int.init) ?? 0
            )
            self = .grep(question, from: max(0, fields["searched"].flatMap(Int.init) ?? 0))
        } else {
            self = fields["first_error"] == nil ? .report : .firstError
        }
    }
}
