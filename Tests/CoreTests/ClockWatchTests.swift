import Core
import Testing

struct ClockWatchTests {
    /// Looks at the first instant, then at another that both clocks reach in so many seconds.
    private func jump(wall: Int, counted: Int) -> ClockWatch.Jump? {
        var watch = ClockWatch()
        let start = Timestamp(seconds: 1_800_000_000)
        #expect(watch.look(wall: start, counted: .seconds(50)) == nil, "the first look knows nothing")
        return watch.look(wall: start + .seconds(wall), counted: .seconds(50 + counted))
    }

    @Test(
        arguments: [
            // Both agree, also over a sleep of weeks.
            (1, 1, nil), (30 * 86_400, 30 * 86_400, nil),
            // A jump of a day or less is left to the policies.
            (86_401, 1, nil), (86_402, 1, 86_401), (10 * 86_400, 5, 10 * 86_400 - 5),
            // Backward nothing is halted: no tick is decided twice.
            (-10 * 86_400, 5, -10 * 86_400 - 5), (0, 86_400, -86_400), (0, 60, nil), (0, 61, -61),
        ] as [(Int, Int, Int?)]
    )
    func `only a jump of the database's clock alone counts`(wall: Int, counted: Int, expected: Int?) {
        let told = expected.map { seconds -> ClockWatch.Jump in
            seconds > 0 ? .forward(.seconds(seconds)) : .backward(.seconds(-seconds))
        }
        #expect(jump(wall: wall, counted: counted) == told)
    }

    @Test func `a host's clock is compared with the database's, if the answer came soon enough`() throws {
        let now = Timestamp(seconds: 1_800_000_000)
        let near = try #require(ClockSkew(before: now, database: now + .milliseconds(900), after: now + .seconds(1)))
        #expect(near.ahead == .milliseconds(-400) && !near.isFar)
        let far = try #require(ClockSkew(before: now, database: now - .seconds(3), after: now))
        #expect(far.isFar && far.words == "3 s ahead of")
        let late = try #require(ClockSkew(before: now, database: now + .seconds(300), after: now))
        #expect(late.isFar && late.words == "5 m behind")
        #expect(ClockSkew(before: now, database: now, after: now + .seconds(2)) == nil)
        #expect(ClockSkew(before: now, database: now, after: now - .seconds(1)) == nil, "the host's clock was set")
    }
}
