import AsyncHTTPClient
import Core
import NIOHTTP1

/// Some bytes of a log, as the server gave them.
struct LogPage: Sendable {
    var bytes: [UInt8]
    /// How many bytes before these were not kept.
    var leftOut: Int
    /// Where the next page begins.
    var next: Int
    /// Nothing will follow.
    var isComplete: Bool
    /// The attempt's number.
    var attempt: Int

    /// Says on the terminal's side for messages, so that no program takes it for a line of the log, what is missing.
    func tellLeftOut() {
        guard leftOut > 0 else { return }
        Terminal.messages.line("rota: \(leftOut) bytes of the log are left out here: more than log_cap keeps")
    }

    /// Asks for bytes from a place on, for which the answer may wait so many seconds; the attempt 0 is the latest.
    static func read(
        _ client: ServerClient,
        _ run: RunName,
        _ key: LogKey,
        from: Int,
        wait: Int
    ) async throws -> LogPage {
        let number = key.attempt == 0 ? "latest" : String(key.attempt)
        let route = ServerClient.Route("runs", run.dag, run.key, "tasks", key.task, "attempts", number, "log")
            .with("map_index", key.mapIndex)
            .with("from", from)
            .with("wait", wait == 0 ? nil : wait)
        let answer = try await client.get(route, patience: .seconds(60))
        guard let next = answer.headers.first(name: "Rota-Log-Next").flatMap({ Int($0) }) else {
            throw ClientFailure.strangeAnswer(place: client.address.name, what: "it does not say where the log goes on")
        }
        return LogPage(
            bytes: answer.bytes,
            leftOut: answer.bytes.isEmpty
                ? 0 : max(0, (answer.headers.first(name: "Rota-Log-Start").flatMap { Int($0) } ?? from) - from),
            next: next,
            isComplete: answer.headers.first(name: "Rota-Log-Complete") == "true",
            attempt: answer.headers.first(name: "Rota-Attempt").flatMap { Int($0) } ?? key.attempt
        )
    }
}
