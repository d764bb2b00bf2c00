import Core
import Store

/// The lines beside a cause that tells too little by itself: one that ends with a colon announces what follows.
enum CauseContext {
    private static let linesBefore = 1
    private static let linesAfter = 2
    /// The most of each line.
    private static let mostBytes = 300

    /// Whether what it says goes on in the next line.
    static func isNeeded(for cause: String) -> Bool {
        let last = cause.unicodeScalars.last { !$0.properties.isWhitespace }
        return last == ":"
    }

    /// The cause among its neighbours; empty where it tells enough, or its log is not kept any more.
    static func lines(of attempt: AttemptID, cause: String, line: Int, in store: Store) async throws -> [LogLine] {
        guard isNeeded(for: cause) else { return [] }
        let first = max(1, line - linesBefore)
        let window = try await LogReader(store: store, attempt: attempt)
            .window(from: first, lines: line - first + 1 + linesAfter)
        return window.lines.contains { $0.number == line } ? window.lines : []
    }

    /// The causes of failed tasks' last attempts among their neighbours, of those that need it.
    ///
    /// `limit`: How many causes are looked up in their logs at most.
    static func lines(
        ofFailed tasks: [TaskRecord],
        limit: Int = 20,
        in store: Store
    ) async throws -> [AttemptID: [LogLine]] {
        let causes = tasks.lazy.filter { $0.state == .failed }.compactMap { task in
            task.attempts.last.flatMap { attempt in attempt.cause.map { (attempt: attempt.id, cause: $0) } }
        }
        var near: [AttemptID: [LogLine]] = [:]
        for (attempt, cause) in causes.filter({ isNeeded(for: $0.cause.text) }).prefix(limit) {
            let lines = try await lines(of: attempt, cause: cause.text, line: cause.line, in: store)
            if !lines.isEmpty { near[attempt] = lines }
        }
        return near
    }

    /// A line as plain text, cut where it is long.
    static func text(of line: LogLine) -> String {
        AttemptReport.plain(Array(line.bytes.prefix(mostBytes)))
    }
}
