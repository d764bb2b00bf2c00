import Core

extension Stray {
    private enum Tag {
        static let id: UInt8 = 1
        static let processID: UInt8 = 2
        static let name: UInt8 = 4
    }

    var wire: [UInt8] {
        var writer = WireWriter()
        writer.put(Tag.processID, Int64(processID))
        writer.put(Tag.name, name)
        if let attempt { writer.put(Tag.id, attempt) }
        return writer.bytes
    }

    init(wire bytes: ArraySlice<UInt8>) throws(WireError) {
        self.init(processID: 0, name: "", attempt: nil)
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            switch field.tag {
            case Tag.id: attempt = try field.attemptID()
            case Tag.processID: processID = Int32(truncatingIfNeeded: field.number)
            case Tag.name: name = field.text
            default: continue
            }
        }
    }
}
