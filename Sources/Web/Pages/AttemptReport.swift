import Core
import Store

/// Everything that is known of an attempt, for answers without markup.
struct AttemptReport: Sendable {
    let found: FoundAttempt
    let attempt: AttemptRecord
    let definition: DAG?
    let usual: UsualDuration?
    /// Nil where the attempt did not fail.
    let around: FailureSurroundings?
    /// The cause among its neighbours.
    let causeLines: [LogLine]
    let tail: [LogDifference.Source]
    let now: Timestamp

    /// How many lines of the log's end are told.
    static let tailLines = 20

    /// The end in words, and the sentence about it.
    private var card: CauseView {
        let card = CauseView(attempt, of: found.task, usual: usual)
        guard let around else { return card }
        return card.with(
            around,
            of: attempt,
            run: found.run.name,
            definition: definition,
            lines: causeLines,
            now: now
        )
    }

    private var shown: ComparedAttempt {
        ComparedAttempt(run: found.run, task: found.task, attempt: attempt, definition: definition)
    }

    private var changes: [ChangeView] {
        around?.success.map { AttemptChanges(from: $0, to: shown).rows } ?? []
    }

    // MARK: - Text

    /// A page of plain text, for a terminal.
    func text() -> String {
        let card = card
        let state = Badge(attempt.state).word.uppercased()
        var lines = ["\(state)  \(found.run.name) \(found.task.displayName), attempt \(attempt.number)"]
        lines.append(card.ending + card.detail)
        lines += causeText
        if let seen = card.seenBefore { lines.append(seen + (card.seenPath.map { " (\($0))" } ?? "")) }
        if let allowed = card.allowed { lines.append(allowed) }
        if card.hasBlocked {
            let names = card.blockedTasks.map(\.text) + [card.blockedRest].compactMap(\.self)
            lines.append("\(card.blockedWords): \(names.joined(separator: " "))")
        }
        lines += [card.runnerTrouble, card.note].compactMap(\.self)
        if let owner = card.ownerName { lines.append("Owner: \(owner)") }
        if let runbook = card.runbookText { lines.append("Runbook: \(runbook)") }
        lines += sinceText
        if !tail.isEmpty {
            lines += ["", "End of the log:"] + tail.map { "  \($0.number): \(Self.plain($0.bytes))" }
        }
        lines += ["", "Whole log: \(found.attemptPath)/log.txt", "As JSON: \(found.attemptPath).json"]
        return lines.joined(separator: "\n") + "\n"
    }

    private var causeText: [String] {
        guard let cause = attempt.cause else { return [] }
        let near = causeLines.filter {
            (cause.line - CauseView.linesBefore...cause.line + CauseView.linesAfter).contains($0.number)
        }
        let lines = near.map { line in
            (line.number == cause.line ? "> " : "  ") + "\(line.number): \(Self.plain(line.bytes))"
        }
        return lines.isEmpty ? ["> \(cause.line): \(cause.text)"] : lines
    }

    private var sinceText: [String] {
        guard let around else { return [] }
        guard let success = around.success else { return ["", "It has not succeeded in the runs before."] }
        let at = Moment(success.attempt.endedAt ?? success.run.logicalDate, now: now).text
        var lines = ["", "Since the last success (\(success.run.name), attempt \(success.attempt.number), \(at)):"]
        lines += changes.map { "  \($0.label): \($0.before.map { "\($0) -> " } ?? "")\($0.after)" }
        let difference = around.difference?.difference
        lines += (difference?.added ?? []).prefix(SinceSuccessView.mostLines).map { line in
            "  new \(line.number): \(Self.plain(Array(line.text.utf8)))"
                + (line.count > 1 ? " (\(line.count) times)" : "")
        }
        let rest = (difference?.addedCount ?? 0) - SinceSuccessView.mostLines
        if rest > 0 { lines.append("  and \(rest) more new lines") }
        return lines
    }

    /// What a line says, without anything that a terminal would obey.
    static func plain(_ bytes: [UInt8]) -> String {
        var plain = PlainText()
        let text = String(decoding: plain.strip(bytes), as: UTF8.self)
        // Escape sequences are gone; what is left of C1 and direction marks is shown as what it is not.
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    let isControl = (0x80...0x9F).contains(scalar.value) || scalar.value == 0x0D
                    let isDirection =
                        [0x200E, 0x200F, 0x061C].contains(scalar.value)
                        || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
                    return isControl || isDirection ? "\u{FFFD}" : scalar
                }
            )
        )
    }

    // MARK: - JSON

    /// The same as one JSON document.
    func json(into writer: inout JSONWriter) {
        let card = card
        writer.object { writer in
            writer.member("run", found.run.name.description)
            writer.member("task", found.task.id)
            writer.member("map_index", found.task.mapIndex)
            writer.member("state", found.task.state.rawValue)
            writer.member("ending", card.ending)
            writer.name("attempt")
            writer.attemptDetail(attempt)
            writer.name("near_cause")
            writer.array(near) { writer, line in
                writer.object {
                    $0.member("line", line.number)
                    $0.member("text", String(decoding: line.bytes, as: UTF8.self))
                }
            }
            writer.member("earlier_failures", around?.earlier?.count)
            writer.member("seen_since", around?.earlier?.since)
            writer.name("blocked")
            writer.array(around?.blocked ?? []) { $0.value($1.name) }
            writer.member("owner", definition?.owner)
            writer.member("runbook", definition?.runbook)
            writer.member("usual_duration_us", usual?.median.clampedMicroseconds)
            writer.member("last_success", of: around?.success) { write($1, into: &$0) }
            writer.member("log", "\(found.attemptPath)/log.txt")
        }
    }

    private var near: [LogDifference.Source] {
        guard let cause = attempt.cause else { return [] }
        let range = cause.line - CauseView.linesBefore...cause.line + CauseView.linesAfter
        return causeLines.filter { range.contains($0.number) }.map { line in
            var plain = PlainText()
            return LogDifference.Source(number: line.number, bytes: plain.strip(line.bytes))
        }
    }

    private func write(_ success: ComparedAttempt, into writer: inout JSONWriter) {
        writer.member("run", success.run.name.description)
        writer.member("attempt", success.attempt.number)
        writer.member("ended_at", success.attempt.endedAt)
        writer.name("changes")
        writer.array(changes) { writer, change in
            writer.object {
                $0.member("what", change.label)
                $0.member("before", change.before)
                $0.member("after", change.after)
            }
        }
        writer.name("new_lines")
        writer.array(around?.difference?.difference.added ?? []) { $0.differenceLine($1) }
        writer.name("missing_lines")
        writer.array(around?.difference?.difference.missing ?? []) { $0.differenceLine($1) }
    }
}

extension JSONWriter {
    /// Writes a line that one log has and another has not.
    fileprivate mutating func differenceLine(_ line: LogDifference.Line) {
        object {
            $0.member("line", line.number)
            $0.member("text", line.text)
            $0.member("times", line.count)
        }
    }
}
