package import Core

extension ExitRecord {
    private enum Tag {
        static let exited: UInt8 = 1
        static let signalled: UInt8 = 2
        static let notStarted: UInt8 = 3
        static let cause: UInt8 = 4
        static let startedAt: UInt8 = 5
        static let endedAt: UInt8 = 6
        static let duration: UInt8 = 7
        static let processorTime: UInt8 = 8
        static let peakMemory: UInt8 = 9
        static let logBytes: UInt8 = 10
        static let note: UInt8 = 11
        static let outOfMemory: UInt8 = 12
    }

    /// The record as fields.
    package var wire: [UInt8] {
        var writer = WireWriter()
        switch ending {
        case .exited(let code): writer.put(Tag.exited, Int64(code))
        case .signalled(let signal): writer.put(Tag.signalled, Int64(signal))
        case .notStarted(let reason): writer.put(Tag.notStarted, reason)
        }
        writer.put(Tag.cause, cause.rawValue)
        writer.put(Tag.startedAt, startedAt.microseconds)
        writer.put(Tag.endedAt, endedAt.microseconds)
        writer.put(Tag.duration, duration)
        if let processorTime { writer.put(Tag.processorTime, processorTime) }
        if let peakMemory { writer.put(Tag.peakMemory, peakMemory) }
        writer.put(Tag.logBytes, logBytes)
        if let note { writer.put(Tag.note, note) }
        if isOutOfMemory { writer.put(Tag.outOfMemory, 1) }
        return writer.bytes
    }

    /// Reads a record from fields.
    package init(wire bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        var ending: Ending?
        self.init(ending: .exited(0), startedAt: .epoch, endedAt: .epoch, duration: .zero, logBytes: 0)
        while let field = try reader.next() {
            switch field.tag {
            case Tag.exited: ending = .exited(Int32(truncatingIfNeeded: field.number))
            case Tag.signalled: ending = .signalled(Int32(truncatingIfNeeded: field.number))
            case Tag.notStarted: ending = .notStarted(reason: field.text)
            case Tag.cause:
                guard let known = Cause(rawValue: field.text) else { throw .malformed("a cause") }
                cause = known
            case Tag.startedAt: startedAt = field.timestamp
            case Tag.endedAt: endedAt = field.timestamp
            case Tag.duration: duration = field.duration
            case Tag.processorTime: processorTime = field.duration
            case Tag.peakMemory: peakMemory = field.number
            case Tag.logBytes: logBytes = field.number
            case Tag.note: note = field.text
            case Tag.outOfMemory: isOutOfMemory = field.number != 0
            default: continue
            }
        }
        guard let ending else { throw .malformed("an ending") }
        self.ending = ending
    }
}
