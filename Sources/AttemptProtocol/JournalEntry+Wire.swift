package import Core

extension JournalEntry {
    private enum Tag {
        static let id: UInt8 = 1
        static let text: UInt8 = 2
        static let claimedAt: UInt8 = 3
        static let timeout: UInt8 = 4
        static let grace: UInt8 = 5
        static let processID: UInt8 = 6
        static let startedAt: UInt8 = 7
        static let ticks: UInt8 = 8
        static let sinceBoot: UInt8 = 9
        static let record: UInt8 = 10
        static let lastTicks: UInt8 = 11
        static let fence: UInt8 = 21
        static let logCap: UInt8 = 12
    }

    /// The entry as it stands in the file: length, checksum, then kind and fields.
    package var encoded: [UInt8] {
        var writer = WireWriter()
        let kind: UInt8
        writer.put(Tag.id, id)
        switch self {
        case .claimed(_, let claim):
            kind = 1
            writer.put(Tag.text, claim.bootID)
            writer.put(Tag.claimedAt, claim.claimedAt.microseconds)
            if let timeout = claim.timeout { writer.put(Tag.timeout, timeout) }
            writer.put(Tag.grace, claim.grace)
            if let fence = claim.fence { writer.put(Tag.fence, fence) }
            if let cap = claim.logCap { writer.put(Tag.logCap, cap.bytes) }
        case .started(_, let start):
            kind = 2
            writer.put(Tag.processID, Int64(start.record.processID))
            writer.put(Tag.startedAt, start.record.startedAt.microseconds)
            writer.put(Tag.ticks, Int64(bitPattern: start.ticks.lowerBound))
            writer.put(Tag.lastTicks, Int64(bitPattern: start.ticks.upperBound))
            writer.put(Tag.sinceBoot, start.sinceBoot)
        case .ended(_, let record):
            kind = 3
            writer.put(Tag.record, record.wire)
        case .lost(_, let proof):
            kind = 4
            writer.put(Tag.text, proof)
        case .neverStarted(_, let reason):
            kind = 5
            writer.put(Tag.text, reason)
        case .forgotten: kind = 6
        case .lowWater: kind = 7
        }
        let payload = [kind] + writer.bytes
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count + 8)
        for number in [UInt32(payload.count), Checksum.crc32(payload)] {
            for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        return bytes + payload
    }

    /// Reads entries up to the first that is torn or missing, and says where that is.
    ///
    /// Kinds of a later edition are skipped.
    package static func read(_ bytes: [UInt8], from start: Int = 0) -> (entries: [JournalEntry], end: Int) {
        var entries: [JournalEntry] = []
        var position = start
        while bytes.count - position > 8 {
            let length = Int(WireReader.number32(bytes[position..<position + 4]))
            guard length > 0, bytes.count - position - 8 >= length else { break }
            let payload = bytes[position + 8..<position + 8 + length]
            guard Checksum.crc32(payload) == WireReader.number32(bytes[position + 4..<position + 8]) else { break }
            // A whole entry that cannot be understood was written by a later edition: nothing to act on here.
            if let entry = try? JournalEntry(payload: payload) { entries.append(entry) }
            position += 8 + length
        }
        return (entries, position)
    }

    private init?(payload: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(payload.dropFirst())
        var id: AttemptID?
        var text = ""
        var claim = Claim(bootID: "", claimedAt: .epoch, timeout: nil, grace: .seconds(10))
        var start = Start(record: StartRecord(processID: 0, startedAt: .epoch), ticks: 0...0, sinceBoot: .zero)
        var record: ExitRecord?
        while let field = try reader.next() {
            switch field.tag {
            case Tag.id: id = try field.attemptID()
            case Tag.text: text = field.text
            case Tag.claimedAt: claim.claimedAt = field.timestamp
            case Tag.timeout: claim.timeout = field.duration
            case Tag.grace: claim.grace = field.duration
            case Tag.fence: claim.fence = field.duration
            case Tag.logCap: claim.logCap = LogCap(bytes: field.number)
            case Tag.processID: start.record.processID = Int32(truncatingIfNeeded: field.number)
            case Tag.startedAt: start.record.startedAt = field.timestamp
            case Tag.ticks: start.ticks = UInt64(bitPattern: field.number)...UInt64.max
            case Tag.lastTicks:
                let last = UInt64(bitPattern: field.number)
                start.ticks = start.ticks.lowerBound...max(start.ticks.lowerBound, last)
            case Tag.sinceBoot: start.sinceBoot = field.duration
            case Tag.record: record = try ExitRecord(wire: field.bytes)
            default: continue
            }
        }
        guard let id else { throw .malformed("an attempt's identity") }
        claim.bootID = text
        switch (payload.first, record) {
        case (1, _): self = .claimed(id, claim)
        case (2, _): self = .started(id, start)
        case (3, let record?): self = .ended(id, record)
        case (4, _): self = .lost(id, proof: text)
        case (5, _): self = .neverStarted(id, reason: text)
        case (6, _): self = .forgotten(id)
        case (7, _): self = .lowWater(id)
        default: return nil
        }
    }
}
