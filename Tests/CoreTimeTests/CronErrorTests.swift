import Core
import Testing

struct CronErrorTests {
    @Test(arguments: [
        ("61 * * * *", "minute: 61 is out of range; allowed: 0-59"),
        ("0 22-2 * * *", "hour: range '22-2' runs backwards; write it as two: '22-23,0-2'"),
        ("0 0 * * 5-1", "day-of-week: range '5-1' runs backwards; write it as two: '5-6,0-1'"),
        ("0 0 1 APR-JAN *", "month: range 'APR-JAN' runs backwards; write it as two: 'APR-DEC,JAN'"),
        ("0 22-2/2 * * *", "hour: range '22-2' runs backwards; write it as two, with a comma between them"),
        (
            "0 0 1 1 * * 2026",
            "expected 5 fields (minute hour day-of-month month day-of-week) or 6 (with a leading second), found 7; "
                + "there is no year field"
        ),
        ("0 0 * * monday", "day-of-week: write 'MON' instead of 'monday'"),
        ("0 0 ? * 1", "day-of-month: '?' is Quartz syntax; write '*' (here Sunday is 0 or 7, Monday is 1)"),
        (
            "0 0 30 2 *",
            "no date ever matches day-of-month '30', month '2' and day-of-week '*'; to switch a schedule off, pause it"
        ),
        (
            " 0\u{A0}0 * * *",
            "character U+00A0 at position 3 is not allowed; use plain ASCII, with spaces or tabs between fields"
        ),
        ("H * * * *", "minute: 'H' is Jenkins syntax; write a number, and spread the load with `jitter`"),
        (
            "0 0 * * L",
            "day-of-week: 'L' is not a value; allowed: 0-7 or SUN-SAT; for the last Friday of the month write 'FRIL'"
        ),
        ("@reboot", "@reboot is not a schedule: a workflow has no boot; start it by hand, or from a systemd unit"),
        ("CRON_TZ=UTC 0 0 * * *", "'CRON_TZ=UTC' is not part of the expression; set the schedule's `timezone` instead"),
        ("@daily 5", "@daily takes no fields, but '5' follows it"),
        ("*/5 * * * MON#9", "day-of-week: the occurrence after '#' is 9; allowed: 1-5"),
    ])
    func `an error names the field, what was found, what is allowed and the way out`(text: String, message: String) {
        let error = #expect(throws: CronError.self) { try CronExpression(text) }
        #expect(error?.description == message)
    }

    @Test(arguments: ["0 0 L-3 * *", "0 0 WL * *", "0 0 C * *", "0 0 * * 3C", "R * * * *", "0~30 * * * *", "@every 5m"])
    func `what other systems write is refused as unsupported`(text: String) {
        let error = #expect(throws: CronError.self) { try CronExpression(text) }
        #expect(error?.kind == .unsupported)
    }

    @Test func `the first error from the left wins, and whole-text checks come first`() {
        let long = "\(String(repeating: "0,", count: 600))0 0 * * é"
        let cases: [(String, CronError.Kind, CronField?)] = [
            ("61 99 * * *", .outOfRange, .minute), ("61 0 * * é", .badCharacter, nil), ("61 0 * *", .fieldCount, nil),
            (long, .tooLong, nil), ("1,,61 0 * * *", .emptyItem, .minute), ("61,,1 0 * * *", .outOfRange, .minute),
        ]
        for (text, kind, field) in cases {
            let error = #expect(throws: CronError.self) { try CronExpression(text) }
            #expect(error?.kind == kind)
            #expect(error?.field == field)
        }
    }

    @Test func `no text whatever makes the parser do anything but answer`() {
        var generator = SplitMix64(seed: 9)
        let alphabet = Array("0123456789*/-,#LWHRC?~@ \tMONJANSUNl\u{A0}é.")
        for _ in 0..<sampleCount(debug: 3000, release: 300_000) {
            let length = Int.random(in: 0...24, using: &generator)
            let text = String((0..<length).map { _ in alphabet.randomElement(using: &generator) ?? "*" })
            do {
                let expression = try CronExpression(text)
                _ = expression.next(after: .epoch, in: .utc)
                _ = expression.describe() + expression.warnings.description
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
