import Core
import Runner
import Store

/// Hands messages to a program.
struct CommandSender: MessageSender {
    /// The program's path and its arguments.
    let words: [String]

    /// How long it may take.
    private static let limit = Duration.seconds(60)
    /// How much of what it says is kept, from its end.
    private static let mostKept = 2_000

    func send(_ message: Message, to target: String) async -> String? {
        guard !words.isEmpty else { return "it has no program" }
        let environment =
            CommandRun.plainEnvironment + [
                "ROTA_INCIDENT=\(message.incident.code)", "ROTA_TEXT=\(message.text)", "ROTA_LINK=\(message.link)",
            ]
        do {
            let run = try await CommandRun.run(
                words,
                environment: environment.map { $0.replacing("\0", with: " ") },
                input: Array((message.json.description + "\n").utf8),
                limit: Self.limit,
                mostKept: Self.mostKept
            )
            return run.isLate ? "it took more than 60 seconds" : run.failure
        } catch {
            return "\(error)"
        }
    }
}
