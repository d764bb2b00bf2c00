import Core
import Glibc
import Testing
import Zones

struct TimeZoneRulesTests {
    private let zones = ZoneDatabase()

    /// The oracle is `date` of the C library, which reads the same files with other code, in a process of its own.
    @Test func `every zone has the offsets the C library finds`() throws {
        var script = ""
        var asked: [String] = []
        var offsets: [String] = []
        let stride = sampleCount(debug: 12, release: 1)
        var generator = SplitMix64(seed: 4)
        for (index, name) in zones.names().enumerated() {
            let zone = try zones.rules(for: name)
            guard index % stride == 0 else { continue }
            let changes = zone.transitions(
                from: Timestamp(seconds: -2_200_000_000),
                to: Timestamp(seconds: 5_000_000_000)
            )
            var seconds = changes.flatMap { [$0.instant.wholeSeconds - 1, $0.instant.wholeSeconds] }
            for _ in 0..<200 { seconds.append(Int.random(in: -2_200_000_000..<6_000_000_000, using: &generator)) }
            script += "TZ='\(name)' date -f - '+%::z' <<'EOF'\n" + seconds.map { "@\($0)\n" }.joined() + "EOF\n"
            for second in seconds {
                let offset = Timestamp(seconds: second).rfc3339(in: zone).dropFirst(19)
                offsets.append(offset + (offset.utf8.count == 6 ? ":00" : ""))
                asked.append("\(name) @\(second)")
            }
        }
        let answers = try output(ofShell: script).split(separator: "\n").map { answer in
            // What `date` says where local time is not known.
            answer == "-00:00:00" ? "+00:00:00" : String(answer)
        }
        #expect(answers.count == asked.count)
        let wrong = zip(asked, zip(offsets, answers)).filter { $0.1.0 != $0.1.1 }
        #expect(wrong.isEmpty, "\(wrong.count) of \(asked.count), such as \(wrong.prefix(5))")
    }

    private func output(ofShell script: String) throws -> String {
        let folder = try TemporaryFolder()
        try folder.write(Array(script.utf8), to: "script")
        let name = "\(folder.path)/script"
        guard let pipe = unsafe popen("sh \(name)", "r") else { throw Fixture.Missing(path: name) }
        defer { unsafe pclose(pipe) }
        var content: [UInt8] = []
        while case let byte = unsafe getc(pipe), byte >= 0 { content.append(UInt8(byte)) }
        return String(decoding: content, as: UTF8.self)
    }

    @Test func `a local time is shown once, twice or never`() throws {
        let berlin = try zones.rules(for: "Europe/Berlin")
        func at(_ text: String) throws -> TimeZoneRules.Occurrence {
            berlin.occurrence(of: try #require(LocalTime(text)))
        }
        func instant(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }
        #expect(try at("2026-07-01T12:00") == .once(instant("2026-07-01T10:00:00Z")))
        #expect(try at("2026-03-29T02:30") == .skipped(instant("2026-03-29T01:00:00Z")))
        #expect(
            try at("2026-10-25T02:30") == .twice(instant("2026-10-25T00:30:00Z"), instant("2026-10-25T01:30:00Z"))
        )
        let apia = try zones.rules(for: "Pacific/Apia")
        let gone = try #require(LocalTime("2011-12-30T12:00"))
        #expect(apia.instant(of: gone).rfc3339(in: apia) == "2011-12-31T00:00:00+14:00")
    }

    @Test func `a local time is found at every instant that shows it`() throws {
        var generator = SplitMix64(seed: 8)
        for name in CronPropertyTests.zoneNames {
            let zone = try zones.rules(for: name)
            for _ in 0..<200 {
                let instant = Timestamp(seconds: Int.random(in: 0..<4_000_000_000, using: &generator))
                switch zone.occurrence(of: zone.local(instant)) {
                case .once(let only): #expect(only == instant)
                case .twice(let first, let last): #expect(first == instant || last == instant)
                case .skipped: Issue.record("\(name) \(instant)")
                }
            }
        }
    }

    @Test func `the changes of a year are listed`() throws {
        let howe = try zones.rules(for: "Australia/Lord_Howe")
        let year = howe.transitions(
            from: try #require(Timestamp(rfc3339: "2027-01-01T00:00:00Z")),
            to: try #require(Timestamp(rfc3339: "2028-01-01T00:00:00Z"))
        )
        #expect(
            year.map { $0.instant.rfc3339(in: howe) } == ["2027-04-04T01:30:00+10:30", "2027-10-03T02:30:00+11:00"]
        )
        #expect(year.map(\.isGap) == [false, true])
        #expect(year.map(\.localStart.clock) == ["01:30", "02:00"])
        #expect(year.map(\.localEnd.clock) == ["02:00", "02:30"])
    }

    @Test(
        arguments: [
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2200-07-01T12:00:00Z", 7200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2200-12-01T12:00:00Z", 3600),
            ("EST5EDT,0/0,J365/25", "2200-01-01T05:00:00Z", -14_400),
            ("EST5EDT,0/0,J365/25", "2200-07-01T00:00:00Z", -14_400),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2150-07-01T00:00:00Z", -3600),
            ("<+1245>-12:45", "2150-07-01T00:00:00Z", 45_900),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "2150-07-01T00:00:00Z", 3600),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "2150-01-01T00:00:00Z", 0),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2150-01-01T00:00:00Z", 39_600), ("X-1Y", "2150-01-01T00:00:00Z", nil),
            ("AA3", "2150-01-01T00:00:00Z", nil), ("CET-1CEST,M13.5.0,M10.5.0", "2150-01-01T00:00:00Z", nil),
            ("CET-1CEST,M3.5.0,M10.5.0x", "2150-01-01T00:00:00Z", nil), ("CET", "2150-01-01T00:00:00Z", nil),
        ] as [(String, String, Int?)]
    )
    func `the rule at a file's end governs the years after its table`(
        footer: String,
        instant: String,
        offset: Int?
    ) throws {
        let instant = try #require(Timestamp(rfc3339: instant))
        let bytes = Self.file(footer: footer)
        guard let offset else {
            let error = #expect(throws: TimeZoneError.self) { try TimeZoneRules(name: "T", tzif: bytes) }
            #expect(error == .badFooter(zone: "T", footer: footer))
            return
        }
        #expect(try TimeZoneRules(name: "T", tzif: bytes).offset(at: instant) == offset)
    }

    /// A file of version 2 with one local time type, no changes and a rule.
    private static func file(footer: String) -> [UInt8] {
        let counts: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
        let head = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15) + counts
        let block: [UInt8] = [0, 0, 0, 0, 0, 0, 0]
        return head + block + head + block + Array("\n\(footer)\n".utf8)
    }

    @Test func `a damaged file is refused, wherever it is damaged`() throws {
        let whole = try Fixture.bytes(of: "\(zones.directory)/Europe/Berlin")
        var generator = SplitMix64(seed: 2)
        for length in 0..<whole.count {
            #expect(throws: TimeZoneError.self, "\(length)") {
                try TimeZoneRules(name: "Berlin", tzif: Array(whole[..<length]))
            }
        }
        for _ in 0..<sampleCount(debug: 1000, release: 50_000) {
            var bytes = whole
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            // Whatever it says, it must not trap; an answer is as good as an error.
            let rules = try? TimeZoneRules(name: "Berlin", tzif: bytes)
            _ = rules?.offset(at: Timestamp(seconds: 1_800_000_000))
            _ = rules?.instant(of: LocalTime(seconds: 1_800_000_000))
        }
        #expect(throws: TimeZoneError.notTZif(zone: "X")) { try TimeZoneRules(name: "X", tzif: Array("hello".utf8)) }
    }
}
