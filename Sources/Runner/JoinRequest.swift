import AttemptProtocol
package import Core

/// What a host says that wants to become a runner; its token goes in the header.
package struct JoinRequest: Hashable, Sendable {
    /// The name under which tasks ask for it.
    package var name: String
    package var labels: [String]
    package var slots: Int
    /// Identity of its state directory.
    package var directoryID: String
    /// What it is going to show when it dials, made by itself, so that asking twice does no harm.
    package var credential: String

    private static let kind: UInt8 = 220

    private enum Tag {
        static let name: UInt8 = 1
        static let label: UInt8 = 2
        static let slots: UInt8 = 3
        static let directoryID: UInt8 = 4
        static let credential: UInt8 = 5
    }

    /// Joins the facts.
    package init(name: String, labels: [String], slots: Int, directoryID: String, credential: String) {
        self.name = name
        self.labels = labels
        self.slots = slots
        self.directoryID = directoryID
        self.credential = credential
    }

    /// The request as a frame.
    var frame: Frame {
        var writer = WireWriter()
        writer.put(Tag.name, name)
        for label in labels { writer.put(Tag.label, label) }
        writer.put(Tag.slots, Int64(slots))
        writer.put(Tag.directoryID, directoryID)
        writer.put(Tag.credential, credential)
        return Frame(kind: Self.kind, request: 0, body: writer.bytes)
    }

    /// Reads a request.
    init(_ frame: Frame) throws(WireError) {
        guard frame.kind == Self.kind else { throw .malformed("a host's wish to join") }
        self.init(name: "", labels: [], slots: 0, directoryID: "", credential: "")
        var reader = WireReader(frame.body)
        while let field = try reader.next() {
            switch field.tag {
            case Tag.name: name = field.text
            case Tag.label: labels.append(field.text)
            case Tag.slots: slots = Int(clamping: field.number)
            case Tag.directoryID: directoryID = field.text
            case Tag.credential: credential = field.text
            default: continue
            }
        }
    }

    /// What is wrong with it; nil: nothing.
    var complaint: String? {
        guard Self.isName(name) else {
            return
                "'\(name.prefix(100))' cannot be the name of a runner: a letter or digit, then letters, digits, '.', "
                + "'_' and '-', at most 100"
        }
        if let complaint = Self.complaint(RunnerTerms(labels: labels, slots: slots)) { return complaint }
        guard (16...200).contains(credential.utf8.count), (1...200).contains(directoryID.utf8.count) else {
            return "the wish to join lacks the host's identity or its credential"
        }
        return nil
    }

    /// What is wrong with the terms on which a host comes or comes back; nil: nothing.
    static func complaint(_ terms: RunnerTerms) -> String? {
        if let label = terms.labels.first(where: { !isName($0) }) {
            return "'\(label.prefix(100))' cannot be a label: a letter or digit, then letters, digits, '.', '_' and '-'"
        }
        guard terms.labels.count <= 64 else { return "a runner has at most 64 labels" }
        guard (1...100_000).contains(terms.slots) else { return "a runner has from 1 to 100,000 slots" }
        return terms.complaint
    }

    private static func isName(_ name: String) -> Bool {
        guard (1...100).contains(name.utf8.count), let first = name.utf8.first else { return false }
        let isLetterOrDigit = { (byte: UInt8) in byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 }
        return isLetterOrDigit(first)
            && name.utf8.allSatisfy { byte in
                isLetterOrDigit(byte) || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
            }
    }
}

/// What a server knows of runners that joined; asked at each connection.
package protocol RunnerRegistry: Sendable {
    /// Makes a runner of a host; the error is a sentence for it.
    func join(_ request: JoinRequest, token: String) async throws(RunnerError)

    /// The state directory of the runner that has this name and this credential; nil: nobody has both.
    func directory(of runner: String, credential: String) async throws(RunnerError) -> String?

    /// The host that has the same state directory as the one that answers, and lives; nil: none is known.
    func copy(of greeting: RunnerGreeting) async throws(RunnerError) -> HostCopy?

    /// Notes that a host was refused as a runner, since another one with its state directory lives.
    func note(_ copy: HostCopy, of runner: String) async throws(RunnerError)
}
