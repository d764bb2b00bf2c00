/// One thing that the far side said.
struct SSHFrame: Hashable, Sendable {
    /// The request it answers; 0 for the greeting.
    var tag: Int
    /// Its first word, such as `running` or `bytes`.
    var kind: Substring
    /// The words after it.
    var text: Substring
    /// What `bytes` announces.
    var bytes: [UInt8] = []
}

/// Finds the far side's frames among whatever else comes on its output.
///
/// A frame is a line of marker, tag, kind and text; after `bytes N SIZE` follow N bytes and a line end. All other
/// lines are noise of rc files and are dropped.
struct SSHFrameParser: Sendable {
    /// What made the stream unreadable.
    enum Failure: Error {
        /// A frame that is not of the protocol, or bytes that do not end where they should.
        case brokenFrame
    }

    private static let longestLine = 64 * 1024
    private let marker: [UInt8]
    private var buffer: [UInt8] = []
    private var position = 0
    private var searched = 0
    private var waiting: (frame: SSHFrame, count: Int)?
    private var skipsLine = false
    /// The last line of noise, which may tell why no shell came.
    private(set) var lastNoise = ""

    init(marker: String) {
        self.marker = Array(marker.utf8) + [UInt8(ascii: " ")]
    }

    /// Takes what came and gives the frames that are whole now.
    mutating func feed(_ bytes: [UInt8]) throws(Failure) -> [SSHFrame] {
        buffer += bytes
        var frames: [SSHFrame] = []
        while let frame = try next() { frames.append(frame) }
        buffer.removeSubrange(..<position)
        searched -= position
        position = 0
        return frames
    }

    /// Takes what came and gives the first frame that is whole now; others wait for the next call.
    mutating func feedOne(_ bytes: [UInt8]) throws(Failure) -> SSHFrame? {
        buffer += bytes
        let frame = try next()
        buffer.removeSubrange(..<position)
        searched -= position
        position = 0
        return frame
    }

    /// What came behind the last frame that was given.
    var rest: [UInt8] { Array(buffer[position...]) }

    private mutating func next() throws(Failure) -> SSHFrame? {
        while true {
            if let (frame, count) = waiting {
                guard buffer.count - position > count else { return nil }
                guard buffer[position + count] == UInt8(ascii: "\n") else { throw .brokenFrame }
                waiting = nil
                var whole = frame
                whole.bytes = Array(buffer[position..<position + count])
                position += count + 1
                searched = position
                return whole
            }
            guard let line = takeLine() else { return nil }
            guard let frame = try frame(in: line) else { continue }
            guard frame.kind == "bytes" else { return frame }
            guard let count = frame.text.split(separator: " ").first.flatMap({ Int($0) }), count >= 0 else {
                throw .brokenFrame
            }
            waiting = (frame, count)
        }
    }

    private mutating func takeLine() -> ArraySlice<UInt8>? {
        guard let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = buffer.count
            if buffer.count - position > Self.longestLine {
                position = buffer.count
                skipsLine = true
            }
            return nil
        }
        let line = buffer[position..<end]
        position = end + 1
        searched = position
        guard !skipsLine else {
            skipsLine = false
            return []
        }
        return line
    }

    /// Noise without a line end may stand before the marker.
    private mutating func frame(in line: ArraySlice<UInt8>) throws(Failure) -> SSHFrame? {
        guard let start = line.indices.first(where: { line[$0...].starts(with: marker) }) else {
            if !line.isEmpty { lastNoise = String(decoding: line, as: UTF8.self) }
            return nil
        }
        let words = String(decoding: line[(start + marker.count)...], as: UTF8.self)
            .split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, let tag = Int(words[0]) else { throw .brokenFrame }
        return SSHFrame(tag: tag, kind: words[1], text: words.count == 3 ? words[2] : "")
    }
}
