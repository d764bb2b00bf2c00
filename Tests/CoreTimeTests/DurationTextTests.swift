import Core
import Testing

struct DurationTextTests {
    @Test(arguments: [
        ("90s", Duration.seconds(90)), ("15m", .seconds(900)), ("2h", .seconds(7200)), ("7d", .seconds(604_800)),
        ("0s", .zero), ("PT1H30M", .seconds(5400)), ("P1DT12H", .seconds(129_600)), ("P2W", .seconds(1_209_600)),
        ("PT0.5S", .milliseconds(500)), ("PT1M0.000001S", .seconds(60) + .microseconds(1)),
    ])
    func `a duration is read`(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(arguments: [
        "", "s", "15", "15 m", "-5m", "1.5h", "15min", "2H", "1h30m", "P", "PT", "P1DT", "P1M", "P1Y", "PT1M1H",
        "PT1H1H",
        "P1H", "PTT1S", "PT1ST1S", "PT1.5H", "pt1h", "PT1.S", "99999999999s", "9999999999d", "1h ", "ｌ5m", "P1W1W",
    ])
    func `what has no fixed length is nil`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        (Duration.milliseconds(340), "340 ms"), (.milliseconds(4250), "4.2 s"), (.seconds(5), "5 s"),
        (.seconds(42), "42 s"),
        (.seconds(724), "12 m 4 s"), (.seconds(3600), "1 h"), (.seconds(7500), "2 h 5 m"),
        (.seconds(273_600), "3 d 4 h"),
        (.seconds(-90), "-1 m 30 s"), (.zero, "0 ms"),
    ])
    func `people read its two largest units`(duration: Duration, text: String) {
        #expect(DurationText.format(duration) == text)
    }

    @Test(arguments: ["90s", "15m", "2h", "7d", "1s", "0s", "86401s", "PT0.500000S"])
    func `it is spelled as it is read`(text: String) throws {
        let duration = try #require(DurationText.parse(text))
        #expect(DurationText.spell(duration) == text)
    }
}
