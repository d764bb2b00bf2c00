/// One message on a stream: its kind, the number that ties an answer to its request, and a body of fields.
package struct Frame: Hashable, Sendable {
    /// What the body is.
    package var kind: UInt8
    /// The asker's number for the request; 0 for what is told unasked.
    package var request: UInt32
    /// Fields, as `WireWriter` writes them.
    package var body: [UInt8]

    /// The longest body that is accepted: a batch of scripts fits, a runaway length does not.
    package static let bodyLimit = 64 << 20
    static let headLength = 9

    /// Joins the three parts.
    package init(kind: UInt8, request: UInt32, body: [UInt8]) {
        self.kind = kind
        self.request = request
        self.body = body
    }

    /// The frame as it travels: length of the body, kind, request, body.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Frame.headLength + body.count)
        append(to: &bytes)
        return bytes
    }

    /// Adds the frame, as it travels, to bytes that wait to be sent.
    package func append(to bytes: inout [UInt8]) {
        for number in [UInt32(body.count), request] {
            for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        bytes.append(kind)
        bytes.append(contentsOf: body)
    }
}

/// Bytes as they arrive, cut into frames.
package struct FrameBuffer: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0

    /// Starts empty.
    package init() {}

    /// Adds what has arrived.
    package mutating func append(_ more: some Collection<UInt8>) {
        if start > 0 && start == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            start = 0
        } else if start > 1 << 16 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next whole frame, or nil until more has arrived.
    package mutating func next() throws(WireError) -> Frame? {
        guard bytes.count - start >= Frame.headLength else { return nil }
        let length = Int(WireReader.number32(bytes[start..<start + 4]))
        guard length <= Frame.bodyLimit else { throw .tooLong(length) }
        let end = start + Frame.headLength + length
        guard bytes.count >= end else { return nil }
        let request = WireReader.number32(bytes[start + 4..<start + 8])
        let kind = bytes[start + 8]
        let body = Array(bytes[start + Frame.headLength..<end])
        start = end
        return Frame(kind: kind, request: request, body: body)
    }
}
