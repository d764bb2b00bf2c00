import Core
import Runner
import Testing

extension RunnerAdapter {
    /// Greets for a while as a server does that hears each answer, and checks that an attempt with a fence runs on.
    func keepsHearing(for span: Duration, whileRunning id: AttemptID) async throws {
        let first = try #require(try await greet(heard: nil).clock)
        var heard = first
        var longest = Duration.zero
        while heard.sinceBoot - first.sinceBoot < span {
            let next = try #require(try await greet(heard: heard).clock)
            longest = max(longest, next.sinceBoot - heard.sinceBoot)
            heard = next
        }
        // On a machine that stood still for so long the runner was right to end it.
        guard longest < .seconds(2) else { return }
        guard case .running = try await ask([id])[0] else {
            Issue.record("it was ended though a server was heard of")
            return
        }
    }
}
