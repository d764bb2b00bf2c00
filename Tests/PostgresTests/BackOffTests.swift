import Postgres
import Testing

struct BackOffTests {
    /// The same chance in every run.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ (state >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        }
    }

    @Test(arguments: [
        (1, 50, 100), (2, 100, 200), (3, 200, 400), (7, 3200, 6400), (8, 5000, 10000), (1000, 5000, 10000),
    ])
    func `the pause doubles up to its limit and chance shortens it by up to half`(
        failures: Int,
        shortest: Int,
        longest: Int
    ) {
        let backOff = BackOff(first: .milliseconds(100), limit: .seconds(10))
        var generator = Seeded(state: 7)
        let pauses = (0..<1000).map { _ in backOff.pause(afterFailures: failures, using: &generator) }
        let spread = Duration.milliseconds(longest - shortest) / 50
        for pause in pauses { #expect(pause >= .milliseconds(shortest) && pause <= .milliseconds(longest)) }
        #expect(pauses.contains { $0 < .milliseconds(shortest) + spread })
        #expect(pauses.contains { $0 > .milliseconds(longest) - spread })
    }
}
