import Core
import Store

extension CauseView {
    /// How many lines before and after the cause stand in the card.
    static let linesBefore = 2
    static let linesAfter = 3
    /// How many blocked tasks are named.
    private static let mostBlocked = 6

    /// The card with all that is known around the failure.
    func with(
        _ around: FailureSurroundings,
        of attempt: AttemptRecord,
        run: RunName,
        definition: DAG?,
        lines: [LogLine],
        now: Timestamp
    ) -> CauseView {
        var card = self
        if let line = attempt.cause?.line {
            let range = line - Self.linesBefore...line + Self.linesAfter
            let near = lines.filter { range.contains($0.number) }
            if near.contains(where: { $0.number == line }) {
                card.neighbours = near.map { CauseLineView($0, causeLine: line) }
            }
        }
        card.seenBefore = around.earlier.map { Self.words($0, now: now) }
        card.seenPath = attempt.signature.map(Address.failure)
        card.runnerTrouble = around.runner.flatMap { Self.trouble($0, now: now) }
        card.blockedTasks = around.blocked.prefix(Self.mostBlocked).map { task in
            Link(path: Address.task(run, task.name), text: task.name)
        }
        let rest = around.blocked.count - card.blockedTasks.count
        card.hasBlocked = !card.blockedTasks.isEmpty
        card.blockedRest = rest > 0 ? "and \(Quantity.grouped(rest)) more" : nil
        card.blockedWords = Self.blockedWords(around.blocked.count)
        card.ownerName = definition?.owner
        card.runbookText = definition?.runbook
        card.runbookLink = definition?.runbook.flatMap { text in
            text.hasPrefix("https://") || text.hasPrefix("http://") ? text : nil
        }
        card.hasHelp = card.ownerName != nil || card.runbookText != nil
        return card
    }

    private static func blockedWords(_ count: Int) -> String {
        count == 0 ? "" : "\(Quantity.count(count, "task")) \(count == 1 ? "is" : "are") blocked by it"
    }

    private static func words(_ earlier: EarlierFailures, now: Timestamp) -> String {
        let others =
            earlier.otherDAGs > 0 ? "; also in \(Quantity.count(earlier.otherDAGs, "other DAG"))" : ""
        guard earlier.count > 0, let since = earlier.since else {
            let words = earlier.inRun > 0 ? "Seen earlier in this run, and in no other" : "New: not seen before"
            return words + others
        }
        let count = earlier.count >= 1_000 ? "many other runs" : Quantity.count(earlier.runs, "other run")
        return "Seen in \(count) since \(Moment(since, now: now).text)\(others)"
    }

    private static func trouble(_ runner: RunnerRecord, now: Timestamp) -> String? {
        guard runner.state == .unreachable else { return nil }
        let heard = runner.lastContactAt.map { ", last heard from \(Moment.age(of: $0, now: now))" } ?? ""
        return "Its runner \(runner.name) does not answer now\(heard)" + (runner.reason.map { ": \($0)" } ?? "")
    }
}
