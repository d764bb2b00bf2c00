package import Core

extension AttemptStatus {
    private enum Tag {
        static let neverStarted: UInt8 = 1
        static let processID: UInt8 = 2
        static let startedAt: UInt8 = 3
        static let ended: UInt8 = 4
        static let lost: UInt8 = 5
    }

    /// The status as fields.
    package var wire: [UInt8] {
        var writer = WireWriter()
        switch self {
        case .neverStarted(let reason): writer.put(Tag.neverStarted, reason)
        case .running(let start):
            writer.put(Tag.processID, Int64(start.processID))
            writer.put(Tag.startedAt, start.startedAt.microseconds)
        case .ended(let record): writer.put(Tag.ended, record.wire)
        case .lost(let proof): writer.put(Tag.lost, proof)
        }
        return writer.bytes
    }

    /// Reads a status from fields.
    package init(wire bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        var status: AttemptStatus?
        var start: StartRecord?
        while let field = try reader.next() {
            switch field.tag {
            case Tag.neverStarted: status = .neverStarted(reason: field.text)
            case Tag.processID:
                start = StartRecord(processID: Int32(truncatingIfNeeded: field.number), startedAt: .epoch)
            case Tag.startedAt: start?.startedAt = field.timestamp
            case Tag.ended: status = .ended(try ExitRecord(wire: field.bytes))
            case Tag.lost: status = .lost(proof: field.text)
            default: continue
            }
        }
        guard let known = status ?? start.map(AttemptStatus.running) else { throw .malformed("a status") }
        self = known
    }
}

extension StartAnswer {
    private enum Tag {
        static let status: UInt8 = 1
        static let refused: UInt8 = 2
    }

    /// The answer as fields.
    package var wire: [UInt8] {
        var writer = WireWriter()
        switch self {
        case .status(let status): writer.put(Tag.status, status.wire)
        case .refused(let reason): writer.put(Tag.refused, reason)
        }
        return writer.bytes
    }

    /// Reads an answer from fields.
    package init(wire bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        var answer: StartAnswer?
        while let field = try reader.next() {
            switch field.tag {
            case Tag.status: answer = .status(try AttemptStatus(wire: field.bytes))
            case Tag.refused: answer = .refused(reason: field.text)
            default: continue
            }
        }
        guard let answer else { throw .malformed("an answer to a start order") }
        self = answer
    }
}
