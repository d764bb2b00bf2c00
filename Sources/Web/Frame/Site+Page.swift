import Core
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Postgres
import Scheduler
import Store

extension Site {
    /// Renders a page; answers 304 where the browser has the same content already.
    func respond(
        _ page: PageView,
        _ template: String,
        _ view: Any,
        to request: Request,
        _ context: WebContext,
        now: Timestamp,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        let content = templates.render(view, with: template)
        let hasForms = content.contains("name=\"form_key\"")
        var headers: HTTPFields = [.contentType: "text/html; charset=utf-8", .cacheControl: "no-cache, private"]
        var page = page
        page.banner = page.banner ?? Banner.sentence(for: query(request))
        var tag: String?
        if status == .ok {
            let parts = [content, page.title, page.banner ?? "", Asset.path(of: "ui.css"), Asset.path(of: "ui.js")]
            let made = "W/\"\(Asset.digest(of: parts.joined(separator: "\0").utf8))\""
            headers[.eTag] = made
            if request.headers[.ifNoneMatch] == made, !(hasForms && isNavigation(request)) {
                return Response(status: .notModified, headers: headers)
            }
            tag = made
        }
        let shown = hasForms ? Self.withOnce(content, formKey: context.visitor.formKey) : content
        var layout = layout(page, content: shown, context: context, now: now)
        layout.tag = tag
        layout.place = "\(changes.known)"
        layout.address = request.head.authority.map { "\($0)\(request.uri.string)" }
        layout.topic = context.parameters.get("dag")
        let html = templates.render(layout, with: "layout")
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    /// Whether a browser opens the page, and would show an old copy of it with keys that have been used.
    private func isNavigation(_ request: Request) -> Bool {
        HTTPField.Name("Sec-Fetch-Mode").flatMap { request.headers[$0] } == "navigate"
    }

    private func layout(_ page: PageView, content: String, context: WebContext, now: Timestamp) -> LayoutView {
        let sections: [(PageView.Section, String, String)] = [
            (.now, "/", "Now"), (.dags, "/dags", "DAGs"), (.runs, "/runs", "Runs"),
            (.incidents, "/incidents", "Incidents"), (.failures, "/failures", "Failures"),
            (.runners, "/runners", "Runners"), (.pools, "/pools", "Pools"),
            (.backfills, "/backfills", "Backfills"),
        ]
        return LayoutView(
            title: page.title,
            crumbs: page.crumbs,
            hasCrumbs: !page.crumbs.isEmpty,
            nav: sections.map { NavView(path: $0.1, text: $0.2, isHere: $0.0 == page.section) },
            banner: page.banner,
            refresh: page.refresh,
            searchText: page.searchText,
            skipTarget: page.skipTarget,
            skipWords: page.skipWords,
            icon: Asset.path(of: "icon-\(page.mood).svg"),
            stylesheet: Asset.path(of: "ui.css"),
            script: Asset.path(of: "ui.js"),
            content: content,
            clock: Moment(now, now: now, seconds: true),
            version: configuration.version,
            isSignedIn: context.visitor != .stranger,
            formKey: context.visitor.formKey
        )
    }

    /// The answer for an error: a page for browsers, JSON for the API and for who asks for it.
    func answer(to request: Request, context: WebContext, failing error: any Error) -> Response {
        let refusal = refusal(for: error, request: request)
        if wantsJSON(request) {
            let message = JSONValue.string(refusal.description).description
            let body = "{\"error\":{\"kind\":\"\(refusal.kind)\",\"message\":\(message)}}\n"
            return finish(refusal, headers: [.contentType: "application/json"], body: body)
        }
        if request.uri.path.hasSuffix(".txt") {
            return finish(refusal, headers: [.contentType: "text/plain; charset=utf-8"], body: "\(refusal)\n")
        }
        let now = Self.localClock()
        let view = MessageView(
            heading: heading(for: refusal),
            sentence: refusal.description,
            next: nearest(of: refusal, request),
            signIn: refusal == .unauthorized ? SignInView(next: localPath(of: request), complaint: nil) : nil
        )
        var page = PageView(title: "\(view.heading) · Rota")
        page.mood = "failed"
        let content = templates.render(view, with: "message")
        let html = templates.render(layout(page, content: content, context: context, now: now), with: "layout")
        return finish(refusal, headers: [.contentType: "text/html; charset=utf-8"], body: html)
    }

    private func finish(_ refusal: RequestError, headers: HTTPFields, body: String) -> Response {
        var headers = headers
        if refusal == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"rota\"" }
        if case .unavailable = refusal { headers[.retryAfter] = "5" }
        let buffer = ByteBuffer(string: body)
        return Response(status: refusal.status, headers: headers, body: ResponseBody(byteBuffer: buffer))
    }

    /// An error in the words of those who can do something about it; what is our own fault goes to the log as well.
    private func refusal(for error: any Error, request: Request) -> RequestError {
        switch error {
        case let error as RequestError: return error
        case let error as OperationError: return RequestError(error)
        case let error as DatabaseError: return refusal(forDatabase: error, request: request)
        case let error as HTTPError:
            let words = error.body ?? "The request cannot be answered: \(error.status.reasonPhrase.lowercased())."
            if error.status == .notFound {
                return .notFound("There is no page at \(request.uri.path).", nearest: nearestParent(of: request))
            }
            return error.status == .contentTooLarge ? .tooLarge(limit: 2 * 1024 * 1024) : .invalid(words)
        default: return failure(by: error, request: request)
        }
    }

    /// A fault of our own: the log gets the error under a mark, by which the page's reader can have it found.
    private func failure(by error: any Error, request: Request) -> RequestError {
        let mark = String(Secret().text.filter { $0.isLetter || $0.isNumber }.prefix(8))
        logger.error(
            "a request failed",
            metadata: [
                "mark": "\(mark)", "method": "\(request.method)", "path": "\(request.uri.path)", "error": "\(error)",
            ]
        )
        return .failed(mark: mark, isReading: request.isReading)
    }

    private func refusal(forDatabase error: DatabaseError, request: Request) -> RequestError {
        let sentence: String
        switch error {
        case .connectionFailed, .connectionLost, .poolClosed:
            sentence = "The database cannot be reached at the moment. Running tasks go on; try again in a few seconds."
        case .commitUnknown where !request.isReading:
            sentence =
                "The connection to the database broke. Whether this was done is not known: \(RequestError.lookFirst)"
        case .commitUnknown, .transactionRolledBack:
            sentence = "The database could not answer this. The server's log says why; try again."
        case .server where error.isRetryable || !error.isRefusal:
            sentence = "The database could not answer this now. The server's log says why; try again."
        default: return failure(by: error, request: request)
        }
        logger.warning("the database did not answer", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
        return .unavailable(sentence)
    }

    private func heading(for refusal: RequestError) -> String {
        switch refusal {
        case .invalid: "This cannot be done"
        case .unauthorized: "Sign in"
        case .forbidden: "Refused"
        case .notFound: "Not found"
        case .expired: "Expired"
        case .conflict: "Something changed"
        case .foreignHost: "Wrong name"
        case .tooLarge: "Too large"
        case .unavailable: "Not available"
        case .failed: "The server failed"
        }
    }

    private func nearest(of refusal: RequestError, _ request: Request) -> Link? {
        switch refusal {
        case .unavailable where request.method == .get, .failed where request.method == .get:
            return Link(path: localPath(of: request), text: "this page again")
        case .notFound(_, let link), .expired(_, let link): return link ?? Link(path: "/", text: "Now")
        default: return nil
        }
    }

    /// What is missing, with the nearest page above it that there is.
    func missing(_ request: Request) async -> RequestError {
        let sentence = "There is no page at \(request.uri.path)."
        return .notFound(sentence, nearest: await livingParent(of: request) ?? nearestParent(of: request))
    }

    /// The run or DAG of an address under it; nil where there is none, or the database does not tell.
    private func livingParent(of request: Request) async -> Link? {
        let parts = request.uri.path.split(separator: "/").map(String.init)
        guard parts.count > 2, parts[0] == "dags" else { return nil }
        // Without an answer the page names a list, which needs none.
        if parts.count > 4, parts[2] == "runs", let run = try? await store.run(RunName(dag: parts[1], key: parts[3])) {
            return Link(path: Address.run(run.name), text: "the run \(run.name.key)")
        }
        guard (try? await store.hasDAG(parts[1])) ?? false else { return nil }
        return Link(path: Address.dag(parts[1]), text: "the DAG \(parts[1])")
    }

    /// The list that an address seems to be in.
    private func nearestParent(of request: Request) -> Link {
        let first = request.uri.path.split(separator: "/").first.map(String.init) ?? ""
        let known = [
            "dags": "DAGs", "runs": "Runs", "incidents": "Incidents", "failures": "Failures", "runners": "Runners",
            "pools": "Pools",
            "backfills": "Backfills",
        ]
        return known[first].map { Link(path: "/\(first)", text: $0) } ?? Link(path: "/", text: "Now")
    }

    private func wantsJSON(_ request: Request) -> Bool {
        if request.uri.path == "/api" || request.uri.path.hasPrefix("/api/") { return true }
        if request.uri.path.hasSuffix(".json") { return true }
        let accept = request.headers[.accept] ?? ""
        return accept.contains("application/json") && !accept.contains("text/html")
    }

    private func localPath(of request: Request) -> String {
        request.method == .get && Address.isLocal(request.uri.string) ? request.uri.string : "/"
    }
}

/// What the template of short messages reads.
struct MessageView: Sendable {
    let heading: String
    /// Markup.
    let sentence: String
    let next: Link?
    let signIn: SignInView?

    /// Shows a sentence, which may come from anywhere.
    init(heading: String, sentence: String, next: Link? = nil, signIn: SignInView? = nil) {
        self.heading = heading
        self.sentence = HTMLText.sentence(sentence)
        self.next = next
        self.signIn = signIn
    }
}

/// The form that takes a token.
struct SignInView: Sendable {
    let next: String
    /// Markup.
    let complaint: String?

    /// Asks for a token, and says what was wrong with the last one.
    init(next: String, complaint: String?) {
        self.next = next
        self.complaint = complaint.map { HTMLText.sentence($0) }
    }
}
