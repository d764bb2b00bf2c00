package import Core

extension KeeperClock {
    private enum Tag {
        static let bootID: UInt8 = 1
        static let sinceBoot: UInt8 = 2
    }

    /// The reading as fields.
    package var wire: [UInt8] {
        var writer = WireWriter()
        writer.put(Tag.bootID, bootID)
        writer.put(Tag.sinceBoot, sinceBoot)
        return writer.bytes
    }

    /// Reads a reading from fields.
    package init(wire bytes: ArraySlice<UInt8>) throws(WireError) {
        self.init(bootID: "", sinceBoot: .zero)
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            switch field.tag {
            case Tag.bootID: bootID = field.text
            case Tag.sinceBoot: sinceBoot = field.duration
            default: continue
            }
        }
        guard !bootID.isEmpty else { throw .malformed("a boot's identity") }
    }
}
