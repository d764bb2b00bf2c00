import Core
import Store

extension Site {
    /// The log of an attempt's page; nil where nothing is stored.
    func logView(_ found: FoundAttempt, _ request: LogRequest, _ window: LogWindow) async throws -> LogView? {
        guard let attempt = found.attempt else { return nil }
        let outline = try await logOutlines.outline(of: attempt)
        let base = found.attemptPath
        let hits = try await request.question.asyncMap { question in
            try await logSearches.hits(question, of: attempt, from: request.searched)
        }
        let first = window.lines.first?.number ?? 1
        let last = window.lines.last?.number ?? 0
        let count = max(window.end.lastLine, last)
        let kept = HTMLText.escape(request.kept.map { "\($0)&" }.joined())
        var markup = LogMarkup(
            causeLine: attempt.cause?.line,
            markedLine: request.line,
            textPath: "\(base)/log.txt"
        )
        markup.outline = outline
        markup.hits = Set(hits?.hits.map(\.number) ?? [])
        markup.startedAt = attempt.startedAt
        markup.kept = kept
        markup.isLive = attempt.state.isLive
        markup.lastLine = count
        let errorsOnly = request.isErrorsOnly ? errorLines(outline, request, base, count) : nil
        let lines = errorsOnly?.markup ?? markup.blocks(window.lines)
        let isLive = attempt.state.isLive
        let earlier = request.path(base, ["from=\(max(1, first - LogReader.windowLines))"])
        return LogView(
            path: base,
            extent: request.isErrorsOnly
                ? "\(Quantity.count(outline.errors.count, "error line")) of \(Quantity.count(count, "line"))"
                : "Lines \(Quantity.grouped(first))–\(Quantity.grouped(last)) of \(Quantity.grouped(count))",
            isLive: isLive,
            textPath: "\(base)/log.txt",
            rawPath: "\(base)/log.raw",
            windowPath: "\(base)/log.txt?from=\(first)&to=\(last)",
            size: Quantity.bytes(max(attempt.logBytes, window.end.byteCount)),
            earlier: window.hasEarlier && !request.isErrorsOnly ? earlier : nil,
            earlierWords: "\(Quantity.count(min(LogReader.windowLines, first - 1), "earlier line"))",
            later: errorsOnly.map(\.later)
                ?? (window.hasLater ? request.path(base, ["from=\(last + 1)"]) : nil),
            laterWords: errorsOnly == nil
                ? "\(Quantity.count(min(LogReader.windowLines, count - last), "later line"))" : "Later error lines",
            start: request.path(base, line: 1),
            end: request.path(base, line: count),
            events: isLive && !window.hasLater && !request.isErrorsOnly
                ? "\(base)/log/events?from=\(window.nextByte)&line=\(window.nextLine)" : nil,
            style: style(request),
            lines: lines,
            errors: errors(outline, request, base, first: first, last: last),
            search: searchView(request, hits, attempt, base),
            missing: [attempt.logGap.map(leftOut), missing(from: attempt)].compactMap(\.self).joined(separator: " ")
                .nonEmpty,
            message: message(found, attempt),
            hasCause: attempt.cause != nil
        )
    }

    /// The error lines alone, so many at a time.
    private func errorLines(
        _ outline: LogOutline,
        _ request: LogRequest,
        _ base: String,
        _ count: Int
    ) -> (markup: String, later: String?) {
        let first = request.first ?? 1
        let following = outline.errors[outline.partition(first)...]
        let shown = following.prefix(LogErrorMarkup.mostLines)
        let hasMore = shown.count < following.count
        let list = LogErrorMarkup(request: request, path: base).list(shown, from: first, of: hasMore ? nil : count)
        let next = (shown.last?.line ?? first) + 1
        return (list, hasMore ? request.path(base, ["level=error", "from=\(next)"]) : nil)
    }

    private func style(_ request: LogRequest) -> String {
        let times =
            switch request.times {
            case .clock: " times"
            case .start: " times rel"
            case .none: ""
            }
        return "log" + times + (request.isWrapped ? "" : " nowrap") + (request.isErrorsOnly ? " errors" : "")
    }

    private func errors(
        _ outline: LogOutline,
        _ request: LogRequest,
        _ base: String,
        first: Int,
        last: Int
    ) -> LogErrorsView? {
        guard !outline.errors.isEmpty else { return nil }
        // From a line that was asked for one goes on to the next, else to what is outside of the window.
        let near =
            request.line.map { outline.errors(before: $0, after: $0) } ?? outline.errors(before: first, after: last)
        let count = outline.errors.count
        let words = count >= 2 * LineScanner.mostErrors ? "\(Quantity.grouped(count)) or more" : Quantity.grouped(count)
        return LogErrorsView(
            words: "\(words) error line\(count == 1 ? "" : "s")",
            before: near.before.map { request.path(base, line: $0.line) },
            after: near.after.map { request.path(base, line: $0.line) },
            only: request.path(base, request.isErrorsOnly ? [] : ["level=error"]),
            isOnly: request.isErrorsOnly
        )
    }

    // MARK: - Search

    private func searchView(
        _ request: LogRequest,
        _ found: LogHits?,
        _ attempt: AttemptRecord,
        _ base: String
    ) -> LogSearchView {
        var view = LogSearchView(
            text: request.text ?? "",
            isPattern: request.isPattern,
            isExact: request.isExact,
            contexts: [0, 1, 2, 5].map { count in
                LogChoiceView(
                    value: "\(count)",
                    text: count == 0 ? "no lines around" : "\(Quantity.count(count, "line")) around",
                    isChosen: request.context == count
                )
            },
            times: [(.clock, "Times: UTC"), (.start, "Times: from its start"), (.none, "No times")].map {
                (times: LogRequest.Times, text) in
                LogChoiceView(value: times.rawValue, text: text, isChosen: request.times == times)
            },
            isUnwrapped: !request.isWrapped,
            isErrorsOnly: request.isErrorsOnly,
            complaint: request.complaint
        )
        guard let found else { return view }
        view.hasHits = true
        view.isOpen = request.line == nil
        view.words = words(found, request, attempt)
        view.hits = LogHitMarkup(request: request, path: base).list(found.hits.prefix(request.mostHits))
        if found.hits.count > request.mostHits { view.more = request.path(base, ["hits=all"]) }
        if !found.isWhole {
            view.onward = request.path(base, ["searched=\(found.end)"], keeping: request.search)
        }
        view.foundPath = request.path("\(base)/log.txt", [], keeping: request.search)
        view.clear = base
        return view
    }

    private func words(_ found: LogHits, _ request: LogRequest, _ attempt: AttemptRecord) -> String {
        var words = Quantity.count(found.count, "line") + (found.count == 1 ? " matches" : " match")
        if found.count == 0 { words = "No line matches" }
        if found.hits.count < found.count {
            words += ", the first \(Quantity.grouped(min(request.mostHits, found.hits.count))) are listed"
        } else if found.hits.count > request.mostHits {
            words += ", the first \(request.mostHits) are listed"
        }
        let size = Quantity.bytes(max(attempt.logBytes, found.end))
        let from = request.searched > 0 ? " from \(Quantity.bytes(request.searched)) on" : ""
        if !found.isWhole { return "\(words) so far: searched \(Quantity.bytes(found.end)) of \(size)\(from)" }
        return words + (from.isEmpty ? "" : ", searched\(from)")
    }

    // MARK: - What is missing

    /// What the cap left out of a log.
    private func leftOut(_ gap: LogGap) -> String {
        let lines = gap.lines.map { "\(Quantity.count($0, "line"))" } ?? "how many lines, nobody counted"
        return
            "\(Quantity.bytes(gap.byteCount)) from its middle are left out (\(lines)): it is longer than log_cap keeps."
    }

    /// What of an ended attempt's log is not stored.
    private func missing(from attempt: AttemptRecord) -> String? {
        guard !attempt.state.isLive, !attempt.isLogSealed else {
            return attempt.state == .unreachable
                ? "Its runner \(attempt.runner) does not answer: what it prints meanwhile comes when it does." : nil
        }
        let behind = (attempt.logLength ?? 0) - attempt.logBytes
        if behind > 0 {
            return "The runner \(attempt.runner) has the rest, \(Quantity.bytes(behind)), which has not arrived yet."
        }
        return attempt.state == .lost || attempt.state == .unknown
            ? "This is what had arrived. Whether it printed more before it was lost, nobody can tell." : nil
    }

    /// The end in words, the cause, and a place for the link, as chat programs take it.
    private func message(_ found: FoundAttempt, _ attempt: AttemptRecord) -> String {
        let state = Badge(attempt.state).word
        var text = "*\(state)*: \(found.task.displayName) of \(found.run.name), attempt \(attempt.number)"
        text += ", \(Ending.words(for: attempt))\n"
        if let cause = attempt.cause?.text {
            let plain = AttemptReport.plain(Array(cause.utf8.prefix(600)))
            text += "```\n\(plain.split(separator: "`").joined(separator: "'"))\n```\n"
        }
        return text
    }
}

extension String {
    /// The text; nil where it is empty.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

extension Optional {
    /// The value that a closure makes of this one; nil for nil.
    fileprivate func asyncMap<R>(_ body: (Wrapped) async throws -> R) async throws -> R? {
        guard let self else { return nil }
        return try await body(self)
    }
}
