package import Core

/// What a keeper, or a runner daemon, answers.
package enum KeeperReply: Hashable, Sendable {
    /// Who answers.
    case hello(KeeperIdentity)
    /// One answer for each order, in their order.
    case started([StartAnswer])
    /// One status for each identity, in their order.
    case statuses([AttemptStatus])
    /// It is done; there is nothing to say.
    case done
    /// Running attempts and strays.
    case listing(KeeperListing)
    /// It cannot be done; the sentence says why.
    case unable(String)

    private enum Tag {
        static let item: UInt8 = 1
        static let stray: UInt8 = 2
    }

    private var kind: UInt8 {
        switch self {
        case .hello: 65
        case .started: 66
        case .statuses: 67
        case .done: 68
        case .listing: 69
        case .unable: 127
        }
    }

    /// The answer as a frame.
    package func frame(request: UInt32) -> Frame {
        var writer = WireWriter()
        switch self {
        case .hello(let identity): writer.put(Tag.item, identity.wire)
        case .started(let answers): for answer in answers { writer.put(Tag.item, answer.wire) }
        case .statuses(let statuses): for status in statuses { writer.put(Tag.item, status.wire) }
        case .done: break
        case .listing(let listing):
            for running in listing.running { writer.put(Tag.item, running.wire) }
            for stray in listing.strays { writer.put(Tag.stray, stray.wire) }
        case .unable(let reason): writer.put(Tag.item, reason)
        }
        return Frame(kind: kind, request: request, body: writer.bytes)
    }

    /// Reads an answer.
    package init(_ frame: Frame) throws(WireError) {
        var items: [WireReader.Field] = []
        var strays: [WireReader.Field] = []
        var reader = WireReader(frame.body)
        while let field = try reader.next() {
            switch field.tag {
            case Tag.item: items.append(field)
            case Tag.stray: strays.append(field)
            default: continue
            }
        }
        switch frame.kind {
        case 65:
            guard let first = items.first else { throw .malformed("the keeper's identity") }
            self = .hello(try KeeperIdentity(wire: first.bytes))
        case 66: self = .started(try items.map { field throws(WireError) in try StartAnswer(wire: field.bytes) })
        case 67: self = .statuses(try items.map { field throws(WireError) in try AttemptStatus(wire: field.bytes) })
        case 68: self = .done
        case 69:
            self = .listing(
                KeeperListing(
                    running: try items.map { field throws(WireError) in
                        try KeeperListing.Running(wire: field.bytes)
                    },
                    strays: try strays.map { field throws(WireError) in try Stray(wire: field.bytes) }
                )
            )
        case 127: self = .unable(items.first?.text ?? "no reason was given")
        default: throw .malformed("a kind of answer")
        }
    }
}
