package import Core

/// What a keeper, or a runner daemon, tells its subscribers unasked.
package enum KeeperEvent: Hashable, Sendable {
    /// The attempt ended; its record is durable.
    case ended(AttemptID, ExitRecord)
    /// The attempt is gone and nothing tells how it ended.
    case lost(AttemptID, proof: String)
    /// The attempt's log has grown.
    case logGrew(AttemptID)
    /// Nothing; a sign of life.
    case heartbeat

    private enum Tag {
        static let id: UInt8 = 1
        static let record: UInt8 = 2
        static let proof: UInt8 = 3
    }

    /// The smallest kind of frame that is an event and not an answer.
    package static let firstKind: UInt8 = 128

    /// The event as a frame.
    package var frame: Frame {
        var writer = WireWriter()
        let kind: UInt8
        switch self {
        case .ended(let id, let record):
            kind = 128
            writer.put(Tag.id, id)
            writer.put(Tag.record, record.wire)
        case .lost(let id, let proof):
            kind = 129
            writer.put(Tag.id, id)
            writer.put(Tag.proof, proof)
        case .logGrew(let id):
            kind = 130
            writer.put(Tag.id, id)
        case .heartbeat: kind = 131
        }
        return Frame(kind: kind, request: 0, body: writer.bytes)
    }

    /// Reads an event; nil for a kind of a later edition.
    package init?(_ frame: Frame) throws(WireError) {
        var id: AttemptID?
        var record: ExitRecord?
        var proof = ""
        var reader = WireReader(frame.body)
        while let field = try reader.next() {
            switch field.tag {
            case Tag.id: id = try field.attemptID()
            case Tag.record: record = try ExitRecord(wire: field.bytes)
            case Tag.proof: proof = field.text
            default: continue
            }
        }
        switch (frame.kind, id, record) {
        case (128, let id?, let record?): self = .ended(id, record)
        case (129, let id?, _): self = .lost(id, proof: proof)
        case (130, let id?, _): self = .logGrew(id)
        case (131, _, _): self = .heartbeat
        case (128...130, _, _): throw .malformed("an attempt's identity or record")
        default: return nil
        }
    }
}
