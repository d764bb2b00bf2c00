import AttemptProtocol
import Core
import Glibc
import Runner
import Testing

/// Attempts that their runner ends by itself when it hears of no server.
struct LocalFenceTests {
    private let fixture = LocalFixture()
    private var runner: LocalRunner { fixture.runner }

    private func clock() async throws -> KeeperClock {
        try #require(try await runner.greet(heard: nil).clock)
    }

    /// A reading that is believed to be of the moment at which it arrives, however slow the machine is.
    private func present() async throws -> KeeperClock {
        var clock = try await clock()
        clock.sinceBoot += .seconds(3_600)
        return clock
    }

    private func fenced(_ script: String, after: Duration, contact: KeeperClock) -> StartOrder {
        var order = StartOrder(script)
        order.grace = .milliseconds(200)
        order.fence = Fence(after: after, contact: contact)
        return order
    }

    private func cause(of order: StartOrder) async throws -> ExitRecord.Cause {
        let outcome = try await runner.outcome(of: order.id)
        guard case .ended(let record) = outcome else { throw Unexpected.status("\(outcome)") }
        return record.cause
    }

    @Test func `an attempt is ended once no server was heard of for so long, with all that belongs to it`() async throws
    {
        let order = fenced("(trap '' TERM; sleep 600) & sleep 600", after: .seconds(2), contact: try await present())
        let answer = try await runner.start([order])[0]
        guard case .status(.running) = answer else { throw Unexpected.status("\(answer)") }
        // Questions alone are no sign that a server hears the answers.
        #expect(try await cause(of: order) == .fenced)
        #expect(try await runner.listing().strays.isEmpty)
    }

    @Test func `a reading that a server has heard keeps an attempt alive`() async throws {
        let span = Duration.seconds(5)
        let kept = fenced("sleep 600", after: span, contact: try await present())
        _ = try await runner.start([kept])
        try await runner.keepsHearing(for: span + .seconds(1), whileRunning: kept.id)
        try await runner.cancel(kept.id, grace: .zero)
        _ = try await cause(of: kept)
    }

    @Test func `readings of another boot count for nothing`() async throws {
        let order = fenced("sleep 600", after: .seconds(2), contact: try await present())
        _ = try await runner.start([order])
        _ = try await runner.greet(heard: KeeperClock(bootID: "another", sinceBoot: .seconds(1 << 40)))
        #expect(try await cause(of: order) == .fenced)
    }

    @Test func `an order whose silence is over starts nothing`() async throws {
        var contact = try await clock()
        contact.sinceBoot -= .seconds(100)
        let order = fenced("sleep 600", after: .seconds(60), contact: contact)
        guard case .refused(let reason) = try await runner.start([order])[0] else {
            Issue.record("it was started")
            return
        }
        #expect(reason.contains("too long"))
    }

    @Test func `the next keeper goes on counting where a killed one was`() async throws {
        let order = fenced("sleep 600", after: .seconds(2), contact: try await present())
        _ = try await runner.start([order])
        let keeper = try KeeperProbe(folder: fixture.folder + "/state").identity().processID
        kill(keeper, SIGKILL)
        #expect(try await cause(of: order) == .fenced)
    }
}
