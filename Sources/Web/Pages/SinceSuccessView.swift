import Core
import Store

/// What is different since a task succeeded last.
struct SinceSuccessView: Sendable {
    let successDate: Moment
    let successAge: String
    let successPath: String
    let changes: [ChangeView]
    let hasChanges: Bool
    let sameWords: String?
    let newLines: [DifferenceLineView]
    let hasNewLines: Bool
    let newTitle: String
    let moreNew: String?
    let missing: String?
    let comparePath: String

    /// How many lines stand on the page itself.
    static let mostLines = 8

    init(_ found: ComparedAttempt, since success: ComparedAttempt, _ logs: LogComparison?, now: Timestamp) {
        let differing = AttemptChanges(from: success, to: found)
        let moment = success.attempt.endedAt ?? success.run.logicalDate
        successDate = Moment(moment, now: now)
        successAge = Moment.age(of: moment, now: now)
        successPath = success.path
        changes = differing.rows
        hasChanges = !differing.rows.isEmpty
        sameWords = differing.same.isEmpty ? nil : differing.same.joined(separator: ", ")
        comparePath = "\(found.path)/compare?with=last-success"
        let lines = logs?.difference.added ?? []
        newLines = lines.prefix(Self.mostLines).map { DifferenceLineView($0, path: found.path) }
        hasNewLines = !lines.isEmpty
        let extent = logs?.isWhole == false ? "among the last 1 MB of each log, " : ""
        newTitle = "New in the log (\(extent)rarest first)"
        let rest = (logs?.difference.addedCount ?? 0) - newLines.count
        moreNew = rest > 0 ? "\(Quantity.grouped(rest)) more" : nil
        missing = logs.flatMap { logs in
            let count = logs.difference.missingCount
            return count > 0
                ? "\(Quantity.count(count, "line")) of the last success \(count == 1 ? "is" : "are") missing" : nil
        }
    }
}

/// A line that is in one log only.
struct DifferenceLineView: Sendable {
    let number: String
    /// Markup.
    let lineText: String
    let times: String?
    let linePath: String

    init(_ line: LogDifference.Line, path: String) {
        number = Quantity.grouped(line.number)
        lineText = HTMLText.line(Array(line.text.utf8))
        times = line.count > 1 ? "×\(Quantity.grouped(line.count))" : nil
        linePath = "\(path)?at=\(line.number)#L\(line.number)"
    }
}
