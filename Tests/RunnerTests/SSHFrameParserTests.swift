import Testing

@testable import Runner

/// How frames are found in whatever a far shell writes.
struct SSHFrameParserTests {
    private let marker = "0123456789abcdef"

    @Test func `frames are found however the stream is cut`() throws {
        let count = marker.utf8.count + 3
        var text = Array("noise\n\(marker) 7 bytes \(count) 90\n\n\(marker)".utf8)
        text += [0, 255] + Array("\n\(marker) 7 done \n".utf8)
        for size in 1...text.count {
            var parser = SSHFrameParser(marker: marker)
            var frames: [SSHFrame] = []
            for start in stride(from: 0, to: text.count, by: size) {
                frames += try parser.feed(Array(text[start..<min(start + size, text.count)]))
            }
            #expect(frames.map(\.kind) == ["bytes", "done"])
            #expect(frames.map(\.tag) == [7, 7])
            #expect(frames.first?.bytes == Array("\n\(marker)".utf8) + [0, 255])
        }
    }

    @Test func `noise without a line end may stand before a frame`() throws {
        var parser = SSHFrameParser(marker: marker)
        let frames = try parser.feed(Array("welcome\nprompt> \(marker) 0 ready x y z\n".utf8))
        #expect(frames == [SSHFrame(tag: 0, kind: "ready", text: "x y z")])
        #expect(parser.lastNoise == "welcome")
    }

    @Test func `bytes that do not end where they should are an error`() {
        var parser = SSHFrameParser(marker: marker)
        #expect(throws: SSHFrameParser.Failure.self) {
            try parser.feed(Array("\(marker) 3 bytes 2 2\nabc\n".utf8))
        }
    }

    @Test func `a line without end is not kept`() throws {
        var parser = SSHFrameParser(marker: marker)
        for _ in 0..<40 {
            #expect(try parser.feed([UInt8](repeating: 65, count: 10_000)).isEmpty)
        }
        #expect(try parser.feed(Array("\n\(marker) 1 done \n".utf8)).count == 1)
    }
}
