import Core
import Testing

/// Runners that fall silent, and what becomes of what runs there.
struct SilenceTests {
    private static let first = AttemptID(high: 1, low: 1)
    private static let second = AttemptID(high: 2, low: 2)

    private static func attempt(
        _ id: AttemptID,
        _ contact: String,
        limit: Duration = .seconds(60)
    ) -> SilenceWatch.Attempt {
        SilenceWatch.Attempt(id: id, run: 1, limit: limit, contact: contact)
    }

    @Test func `a silence is over once it was watched for so long`() {
        var watch = SilenceWatch()
        let attempts = [Self.attempt(Self.second, "a"), Self.attempt(Self.first, "a", limit: .seconds(90))]
        #expect(watch.look(attempts, asked: .zero, answered: .seconds(1)) == [])
        #expect(watch.look(attempts, asked: .seconds(60), answered: .seconds(60)) == [], "a second is missing")
        #expect(watch.look(attempts, asked: .seconds(61), answered: .seconds(61)) == [attempts[0]])
        #expect(watch.look(attempts, asked: .seconds(91), answered: .seconds(91)) == [attempts[1], attempts[0]])
    }

    @Test func `a sign of life begins another silence`() {
        var watch = SilenceWatch()
        #expect(watch.look([Self.attempt(Self.first, "a")], asked: .zero, answered: .zero) == [])
        #expect(watch.look([Self.attempt(Self.first, "b")], asked: .seconds(59), answered: .seconds(59)) == [])
        #expect(watch.look([Self.attempt(Self.first, "b")], asked: .seconds(100), answered: .seconds(100)) == [])
        #expect(watch.look([Self.attempt(Self.first, "b")], asked: .seconds(119), answered: .seconds(119)).count == 1)
    }

    @Test func `who was not unreachable in between begins anew`() {
        var watch = SilenceWatch()
        #expect(watch.look([Self.attempt(Self.first, "a")], asked: .zero, answered: .zero) == [])
        #expect(watch.look([], asked: .seconds(30), answered: .seconds(30)) == [])
        #expect(watch.look([Self.attempt(Self.first, "a")], asked: .seconds(70), answered: .seconds(70)) == [])
    }

    @Test func `a process that was frozen between question and answer has watched nothing meanwhile`() {
        var watch = SilenceWatch()
        let attempts = [Self.attempt(Self.first, "a")]
        #expect(watch.look(attempts, asked: .zero, answered: .seconds(500)) == [])
        #expect(watch.look(attempts, asked: .seconds(501), answered: .seconds(900)) == [])
    }

    @Test(arguments: [60, 90, 600, 86_400])
    func `a runner has ended an attempt before its server gives it up`(limit: Int) {
        let fence = Fence(
            limit: .seconds(limit),
            grace: .seconds(10),
            contact: KeeperClock(bootID: "b", sinceBoot: .zero)
        )
        #expect(fence.after >= .seconds(limit) / 4)
        #expect(fence.after + .seconds(10) + .seconds(10) <= .seconds(limit) - .seconds(limit) / 20)
    }

    private static func history(_ policy: UnreachablePolicy, losses: Int = 0, cancelled: Bool = false) -> AttemptHistory
    {
        AttemptHistory(
            retries: RetryPolicy(limit: 2),
            skipExitCodes: [],
            retriesUsed: 1,
            losses: losses,
            cancelRequested: cancelled,
            onUnreachable: policy
        )
    }

    @Test func `what was silent for too long is lost, and is tried again at the expense of losses alone`() {
        let history = Self.history(.retry(after: .seconds(600)))
        let verdict = decide(.silent(for: .seconds(600)), history, chance: 0)
        #expect(verdict.attempt == .lost)
        #expect(verdict.reason?.contains("10m") == true)
        #expect(verdict.next == .retry(after: .seconds(1), .losses))
        #expect(verdict.spent(of: history) == (1, 1))
        let last = decide(.silent(for: .seconds(600)), Self.history(.retry(after: .seconds(600)), losses: 3), chance: 0)
        #expect(last.next == .end(.failed))
    }

    @Test func `a task may fail instead, and one whose end was asked for is cancelled`() {
        let failing = Self.history(.fail(after: .seconds(60)))
        #expect(decide(.silent(for: .seconds(60)), failing, chance: 0).next == .end(.failed))
        let cancelled = Self.history(.fail(after: .seconds(60)), cancelled: true)
        #expect(decide(.silent(for: .seconds(60)), cancelled, chance: 0).next == .end(.cancelled))
        let proved = decide(.lost(proof: "the host was restarted"), failing, chance: 0)
        #expect(proved.next == .retry(after: .seconds(1), .losses), "a loss that is proved is no silence")
    }

    @Test func `what its runner ended for want of a server is lost, whatever its code`() {
        let record = ExitRecord(
            ending: .exited(0),
            cause: .fenced,
            startedAt: .epoch,
            endedAt: .epoch,
            duration: .seconds(1),
            logBytes: 0
        )
        let verdict = decide(
            .exited(record, outputProblem: nil),
            Self.history(.retry(after: .seconds(60))),
            chance: 0
        )
        #expect(verdict.attempt == .lost)
        #expect(verdict.exitCode == 0)
        #expect(verdict.next == .retry(after: .seconds(1), .losses))
    }
}
