import Core

/// Goes on asking a server that has answered before and is away for a while, as while it is started anew.
enum Persistence {
    /// How long it may be away.
    private static let limit = Duration.seconds(300)

    /// Repeats the question until there is an answer; says on standard error that it waits, and when it no longer does.
    static func ask<Answer>(_ question: () async throws -> Answer) async throws -> Answer {
        let end = ContinuousClock.now + limit
        var pause = Duration.milliseconds(200)
        var isWaiting = false
        while true {
            do {
                let answer = try await question()
                if isWaiting { Terminal.messages.line("rota: the server answers again") }
                return answer
            } catch let failure as ClientFailure {
                guard failure.status == .unreachable, ContinuousClock.now < end else { throw failure }
                if !isWaiting { Terminal.messages.line("rota: the server does not answer; waiting for it") }
                isWaiting = true
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
    }
}
