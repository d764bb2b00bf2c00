/// Who a keeper is and on which host and disk it works.
package struct KeeperIdentity: Hashable, Sendable {
    /// Random identity of the state directory.
    package var directoryID: String
    /// Identity of the host's present boot.
    package var bootID: String
    /// The host's name.
    package var hostName: String
    /// The version of the program.
    package var version: String
    /// Its edition of the protocol.
    package var protocolVersion: Int64
    /// Its process.
    package var processID: Int32
    /// What its clock shows, which counts from the boot; nil: it ends nothing by itself when servers fall silent.
    package var sinceBoot: Duration?
    /// How long ago the host's present boot began; nil: it does not tell.
    package var bootAge: Duration?

    private enum Tag {
        static let directoryID: UInt8 = 1
        static let bootID: UInt8 = 2
        static let hostName: UInt8 = 3
        static let version: UInt8 = 4
        static let protocolVersion: UInt8 = 5
        static let processID: UInt8 = 6
        static let sinceBoot: UInt8 = 7
        static let bootAge: UInt8 = 8
    }

    /// Joins the facts; version and protocol are those of this program.
    package init(directoryID: String, bootID: String, hostName: String, processID: Int32) {
        self.directoryID = directoryID
        self.bootID = bootID
        self.hostName = hostName
        self.processID = processID
        version = ProtocolVersion.software
        protocolVersion = ProtocolVersion.current
    }

    /// The identity as fields.
    package var wire: [UInt8] {
        var writer = WireWriter()
        writer.put(Tag.directoryID, directoryID)
        writer.put(Tag.bootID, bootID)
        writer.put(Tag.hostName, hostName)
        writer.put(Tag.version, version)
        writer.put(Tag.protocolVersion, protocolVersion)
        writer.put(Tag.processID, Int64(processID))
        if let sinceBoot { writer.put(Tag.sinceBoot, sinceBoot) }
        if let bootAge { writer.put(Tag.bootAge, bootAge) }
        return writer.bytes
    }

    /// Reads an identity from fields.
    package init(wire bytes: ArraySlice<UInt8>) throws(WireError) {
        self.init(directoryID: "", bootID: "", hostName: "", processID: 0)
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            switch field.tag {
            case Tag.directoryID: directoryID = field.text
            case Tag.bootID: bootID = field.text
            case Tag.hostName: hostName = field.text
            case Tag.version: version = field.text
            case Tag.protocolVersion: protocolVersion = field.number
            case Tag.processID: processID = Int32(truncatingIfNeeded: field.number)
            case Tag.sinceBoot: sinceBoot = field.duration
            case Tag.bootAge: bootAge = field.duration
            default: continue
            }
        }
        guard !directoryID.isEmpty, !bootID.isEmpty else { throw .malformed("the keeper's identity") }
    }
}
