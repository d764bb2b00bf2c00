package import Core

/// What a client asks of a keeper, and a server of a runner daemon.
package enum KeeperRequest: Hashable, Sendable {
    /// Who are you? Tells the client's edition of the protocol, and the newest reading of the keeper's clock that it has
    /// heard and noted.
    case hello(protocolVersion: Int64, heard: KeeperClock? = nil)
    /// Starts attempts, each at most once ever.
    case start([StartOrder])
    /// What became of attempts; those that never arrived get a tombstone.
    case ask([AttemptID])
    /// Ends one attempt: TERM, then KILL after the grace.
    case cancel(AttemptID, grace: Duration)
    /// Sends events on this connection from now on.
    case subscribe
    /// Removes attempts that are over.
    case forget([AttemptID])
    /// Removes a run's shared folder.
    case forgetRun(String)
    /// Lists running attempts and strays.
    case list
    /// Kills strays, which must be strays still.
    case reap([Int32])
    /// Takes no more attempts and ends once the last one has ended.
    case retire

    private enum Tag {
        static let version: UInt8 = 1
        static let item: UInt8 = 2
        static let grace: UInt8 = 3
        static let heard: UInt8 = 4
    }

    private var kind: UInt8 {
        switch self {
        case .hello: 1
        case .start: 2
        case .ask: 3
        case .cancel: 4
        case .subscribe: 5
        case .forget: 6
        case .forgetRun: 7
        case .list: 8
        case .reap: 9
        case .retire: 10
        }
    }

    /// The request as a frame.
    package func frame(request: UInt32) -> Frame {
        var writer = WireWriter()
        switch self {
        case .hello(let version, let heard):
            writer.put(Tag.version, version)
            if let heard { writer.put(Tag.heard, heard.wire) }
        case .start(let orders): for order in orders { writer.put(Tag.item, order.wire) }
        case .ask(let ids), .forget(let ids): for id in ids { writer.put(Tag.item, id) }
        case .cancel(let id, let grace):
            writer.put(Tag.item, id)
            writer.put(Tag.grace, grace)
        case .forgetRun(let name): writer.put(Tag.item, name)
        case .reap(let processes): for process in processes { writer.put(Tag.item, Int64(process)) }
        case .subscribe, .list, .retire: break
        }
        return Frame(kind: kind, request: request, body: writer.bytes)
    }

    /// Reads a request; nil for a kind of a later edition.
    package init?(_ frame: Frame) throws(WireError) {
        // The bodies of later kinds may be made in another way.
        guard (1...10).contains(frame.kind) else { return nil }
        var version = ProtocolVersion.oldest
        var items: [WireReader.Field] = []
        var grace = Duration.seconds(10)
        var heard: KeeperClock?
        var reader = WireReader(frame.body)
        while let field = try reader.next() {
            switch field.tag {
            case Tag.version: version = field.number
            case Tag.item: items.append(field)
            case Tag.grace: grace = field.duration
            case Tag.heard: heard = try KeeperClock(wire: field.bytes)
            default: continue
            }
        }
        switch frame.kind {
        case 1: self = .hello(protocolVersion: version, heard: heard)
        case 2: self = .start(try items.map { field throws(WireError) in try StartOrder(wire: field.bytes) })
        case 3: self = .ask(try items.map { field throws(WireError) in try field.attemptID() })
        case 4:
            guard let first = items.first else { throw .malformed("the attempt's identity") }
            self = .cancel(try first.attemptID(), grace: grace)
        case 5: self = .subscribe
        case 6: self = .forget(try items.map { field throws(WireError) in try field.attemptID() })
        case 7:
            guard let first = items.first else { throw .malformed("the run's folder") }
            self = .forgetRun(first.text)
        case 8: self = .list
        case 9: self = .reap(items.map { Int32(truncatingIfNeeded: $0.number) })
        case 10: self = .retire
        default: return nil
        }
    }
}
