import Core
import Testing

/// What becomes of attempts that are lost with their runner.
struct LossTests {
    @Test func `what takes its runner along is not tried for ever`() throws {
        var history = AttemptHistory(
            retries: RetryPolicy(limit: 5),
            skipExitCodes: [],
            retriesUsed: 0,
            losses: 0,
            cancelRequested: false
        )
        var pauses: [Duration] = []
        while true {
            let verdict = decide(.lost(proof: "nothing of it is left"), history, chance: 0)
            #expect(verdict.attempt == .lost)
            guard case .retry(let pause, .losses) = verdict.next else {
                #expect(verdict.next == .end(.failed))
                let reason = try #require(verdict.reason)
                #expect(reason.hasPrefix("nothing of it is left. 4 of its attempts were lost"))
                #expect(reason.contains("is not tried again"))
                break
            }
            #expect(verdict.reason == "nothing of it is left")
            pauses.append(pause)
            (history.retriesUsed, history.losses) = verdict.spent(of: history)
        }
        #expect(pauses == [.seconds(1), .seconds(2), .seconds(4)])
        #expect(history.retriesUsed == 0, "the retries that the author allows are not touched")
    }
}
