import Core
import Host

/// Follows a backfill until it has ended.
struct BackfillWatch {
    let client: ServerClient
    let backfill: Int

    /// How often the server is asked.
    private static let interval = Duration.seconds(1)

    /// Prints each step on standard error, and returns the backfill's last document.
    func waitForEnd() async throws -> ServerClient.Answer {
        let route = ServerClient.Route("backfills", "\(backfill)")
        var told = ""
        while true {
            let answer = try await Persistence.ask { try await client.get(route) }
            let document = try client.parse(answer)
            let progress = BackfillProgress(document)
            let state = document.text("state") ?? ""
            let words = state == "paused" ? "\(progress.words); paused" : progress.words
            if words != told {
                var line = "backfill \(backfill): \(words)"
                if state == "running", let rest = progress.rest(now: WallClock.now()) {
                    line += "; about \(DurationText.format(rest)) left"
                }
                Terminal.messages.line(line)
                told = words
            }
            if state == "done" || state == "cancelled" { return answer }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Waits, prints how it ended, and ends the program with 1 where a run has failed or been cancelled.
    func finish(_ server: ServerOptions) async throws {
        let answer = try await waitForEnd()
        let document = try client.parse(answer)
        let progress = BackfillProgress(document)
        if server.json {
            server.printJSON(answer)
        } else {
            Terminal.messages.line("backfill \(backfill) is \(document.text("state") ?? ""): \(progress.words)")
            if progress.failed > 0 {
                Terminal.messages.line("  rota runs list --backfill \(backfill) --state failed")
            }
        }
        guard progress.succeeded == progress.total else { throw SilentExit(status: .failed) }
    }
}
