import Core
import Testing

struct RetentionTests {
    private static let now = Timestamp(seconds: 1_800_000_000)
    private static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }

    @Test func `without a word history is kept for 90 days, and nothing goes before it`() {
        let cutoffs = Retention().cutoffs(at: Self.now)
        #expect(cutoffs.history == Self.now - Self.days(90))
        #expect(cutoffs.logs == cutoffs.history)
        #expect(cutoffs.runFolders == cutoffs.history)
    }

    @Test func `nothing of a run outlives it`() {
        let cutoffs = Retention(history: Self.days(10), logs: Self.days(30), runFolders: Self.days(2)).cutoffs(
            at: Self.now
        )
        #expect(cutoffs.logs == Self.now - Self.days(10))
        #expect(cutoffs.runFolders == Self.now - Self.days(2))
    }

    @Test func `logs may go although history is kept for ever`() {
        let cutoffs = Retention(history: nil, logs: Self.days(30)).cutoffs(at: Self.now)
        #expect(cutoffs.history == nil)
        #expect(cutoffs.logs == Self.now - Self.days(30))
        #expect(cutoffs.runFolders == nil)
    }

    @Test(
        arguments: [
            ("2026-08-21T043000Z", "2026-08-21T04:30:00Z"), ("2026-08-21T101502Z-m", "2026-08-21T10:15:02Z"),
            ("2026-08-21T043000Z-b17", "2026-08-21T04:30:00Z"),
        ]
    )
    func `a run's key tells its instant`(_ key: String, _ instant: String) {
        #expect(RunName(dag: "a", key: key).keyInstant == Timestamp(rfc3339: instant))
    }

    @Test(arguments: ["latest", "", "2026-08-21", "2026-08-21T04:30:00Z", "2026-99-21T043000Z"])
    func `other keys tell none`(_ key: String) {
        #expect(RunName(dag: "a", key: key).keyInstant == nil)
    }
}
