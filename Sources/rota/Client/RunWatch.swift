import Core

/// Watches one run until it has ended.
struct RunWatch: Sendable {
    let client: ServerClient
    let run: RunName

    /// How long one answer may be waited for; a server that stops finishes such answers first.
    private static let wait = 5

    var route: ServerClient.Route { ServerClient.Route("runs", run.dag, run.key) }

    /// Asks until the run has ended, and answers with it.
    func waitForEnd() async throws -> ServerClient.Answer {
        while true {
            let answer = try await Persistence.ask { try await client.get(route.with("wait", Self.wait)) }
            let state = try client.parse(answer).text("state").flatMap { RunState(rawValue: $0) }
            guard let state else {
                throw ClientFailure.strangeAnswer(place: client.address.name, what: "the run has no known state")
            }
            if state.isTerminal { return answer }
        }
    }

    /// Writes the logs of all attempts as they come, each line behind its task's name, until the run has ended.
    func followLogs(to terminal: Terminal) async throws {
        var logs: [LogKey: FollowedLog] = [:]
        var roundsAfterEnd = 0
        while true {
            let detail = try await Persistence.ask { try await client.document(route.with("detail", "true")) }
            let isOver = detail.text("state").flatMap { RunState(rawValue: $0) }?.isTerminal ?? true
            let hasMore = try await readLogs(of: detail, &logs, to: terminal)
            // The last bytes of a log may arrive a moment after the news that its task has ended.
            if isOver { roundsAfterEnd += 1 }
            if isOver, !hasMore || roundsAfterEnd > 10 { break }
            try await Task.sleep(for: .milliseconds(200))
        }
        for key in logs.keys.sorted() { logs[key]?.lines.end(to: terminal) }
    }

    /// Reads what is new in each log; says whether any log is not yet complete.
    private func readLogs(
        of detail: JSONValue,
        _ logs: inout [LogKey: FollowedLog],
        to terminal: Terminal
    ) async throws -> Bool {
        var hasMore = false
        for task in detail.list("tasks") {
            guard let id = task.text("id") else { continue }
            for attempt in task.list("attempts") {
                guard let number = attempt.integer("number"), attempt.text("state") != "never_started" else { continue }
                let key = LogKey(task: id, mapIndex: task.integer("map_index"), attempt: number)
                var log = logs[key] ?? FollowedLog(lines: PrefixedLines(prefix: key.prefix))
                try await read(
                    &log,
                    key,
                    size: attempt.integer("log_bytes") ?? 0,
                    ended: attempt["ended_at"] != .null,
                    terminal
                )
                logs[key] = log
                if !log.isComplete { hasMore = true }
            }
        }
        return hasMore
    }

    private func read(
        _ log: inout FollowedLog,
        _ key: LogKey,
        size: Int,
        ended: Bool,
        _ terminal: Terminal
    ) async throws {
        while !log.isComplete, log.next < size || ended {
            let place = log.next
            let page = try await Persistence.ask { try await LogPage.read(client, run, key, from: place, wait: 0) }
            page.tellLeftOut()
            log.lines.write(page.bytes, to: terminal)
            log.next = page.next
            log.isComplete = page.isComplete
            if page.bytes.isEmpty { break }
        }
    }
}

/// Which log.
struct LogKey: Hashable, Comparable, Sendable {
    var task: String
    var mapIndex: Int?
    var attempt: Int

    /// What stands before each line.
    var prefix: String {
        InstanceName.word(task, mapIndex) + (attempt > 1 ? "#\(attempt)" : "")
    }

    static func < (left: LogKey, right: LogKey) -> Bool {
        (left.task, left.mapIndex ?? -1, left.attempt) < (right.task, right.mapIndex ?? -1, right.attempt)
    }
}

/// How far a log has been read.
private struct FollowedLog {
    var lines: PrefixedLines
    var next = 0
    var isComplete = false
}
