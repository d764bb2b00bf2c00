import Testing

@testable import Core

struct LineMatcherTests {
    /// The numbers of the lines that match, when the text comes in pieces of a size.
    private func lines(_ matcher: LineMatcher, _ text: [UInt8], piece: Int) -> [Int] {
        var matcher = matcher
        var found: [Int] = []
        var line = 1
        var rest = text[...]
        while !rest.isEmpty {
            let bytes = Array(rest.prefix(piece))
            var (position, counted) = (0, 0)
            while let hit = matcher.next(in: bytes, from: position) {
                line += bytes[counted..<hit].count { $0 == 10 }
                counted = hit
                found.append(line)
                position = hit + 1
            }
            line += bytes[counted...].count { $0 == 10 }
            rest = rest.dropFirst(piece)
        }
        if matcher.matchesUnended { found.append(line) }
        return found
    }

    private static let text = "one error\ntwo\nERROR three: 42 rows\n\nfür alle\nlast é 17\r\n10%\r100% done\nend"

    @Test(arguments: [
        ("error", false, [1]), ("error", true, [1, 3]), ("\\d+", false, [3, 6, 7]), ("^t", false, [2]),
        ("o$", false, [2]), ("17$", false, [6]), ("^$", false, [4]), ("f.r", false, [5]), ("FÜR", true, [5]),
        ("[^a-z ]\\w+ \\d", false, []), ("(two|alle)$", false, [2, 5]), ("^10%$", false, [7]),
        ("done|end$", false, [7, 8]),
        ("é \\d{2}$", false, [6]), ("x*", false, [1, 2, 3, 4, 5, 6, 7, 8]), ("three.*rows$", false, [3]),
        ("nothing", false, []),
    ])
    func `lines are found by a pattern, wherever the pieces are cut`(
        _ pattern: String,
        _ ignoresCase: Bool,
        _ expected: [Int]
    ) throws {
        let matcher = try LineMatcher(pattern: pattern, ignoresCase: ignoresCase)
        let text = Array(Self.text.utf8)
        for piece in [1, 2, 3, 7, text.count] { #expect(lines(matcher, text, piece: piece) == expected, "\(piece)") }
    }

    @Test func `a text is no pattern`() throws {
        let text = Array("a.c\nabc\nA.C\n".utf8)
        #expect(lines(try LineMatcher(text: "a.c", ignoresCase: false), text, piece: 2) == [1])
        #expect(lines(try LineMatcher(text: "a.c", ignoresCase: true), text, piece: 2) == [1, 3])
    }

    @Test func `what makes other engines slow costs no more than a bound`() throws {
        let text = Array((String(repeating: "a", count: 20_000) + "\n").utf8)
        for pattern in ["(a+)+b", "(a|aa)+b", "(a*)*b", "(.{0,10}){0,5}b", ".*a.*a.*a.*a.*b"] {
            #expect(lines(try LineMatcher(pattern: pattern, ignoresCase: false), text, piece: 5_000) == [])
        }
        #expect(throws: PatternError.self) { try LineMatcher(pattern: "(.{0,1000}){0,1000}", ignoresCase: false) }
        #expect(throws: PatternError.self) { try LineMatcher(pattern: "(a", ignoresCase: false) }
    }

    @Test func `a table that got too large is begun anew and finds the same`() throws {
        // Which of the last twelve bytes was an a makes thousands of states.
        let matcher = try LineMatcher(pattern: "a.{12}z", ignoresCase: false)
        var text: [UInt8] = []
        var seed: UInt64 = 42
        var expected: [Int] = []
        for number in 1...400 {
            var line: [UInt8] = []
            for _ in 0..<100 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                line.append([97, 98, 99, 122][Int(seed >> 60) % 4])
            }
            if (0..<87).contains(where: { line[$0] == 97 && line[$0 + 13] == 122 }) { expected.append(number) }
            text += line + [10]
        }
        #expect(lines(matcher, text, piece: 1_000) == expected)
    }

    @Test func `a range of characters is the bytes that encode it and no others`() {
        for range: ClosedRange<UInt32> in [0...0x7F, 0x41...0x5A, 0x70...0x900, 0xD000...0xE100, 0xFF00...0x1_0400] {
            let sequences = UTF8Range.sequences(range)
            for value in stride(from: UInt32(0), to: 0x1_1000, by: 7) {
                guard let scalar = Unicode.Scalar(value) else { continue }
                let bytes = Array(String(scalar).utf8)
                let isIn = sequences.contains { ranges in
                    ranges.count == bytes.count && zip(ranges, bytes).allSatisfy { $0.contains($1) }
                }
                #expect(isIn == range.contains(value), "\(value) in \(range)")
            }
        }
    }
}
