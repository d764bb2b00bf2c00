package import Core

/// What goes on under a keeper: attempts that run, and processes that outlived theirs.
package struct KeeperListing: Hashable, Sendable {
    /// Attempts whose command runs.
    package var running: [Running]
    /// Processes that belong to no running attempt any more.
    package var strays: [Stray]

    /// Joins the two lists.
    package init(running: [Running], strays: [Stray]) {
        self.running = running
        self.strays = strays
    }

    private enum Tag {
        static let id: UInt8 = 1
        static let processID: UInt8 = 2
        static let startedAt: UInt8 = 3
    }

    /// One attempt that runs.
    package struct Running: Hashable, Sendable {
        /// Its identity.
        package var id: AttemptID
        /// Its process and start.
        package var start: StartRecord

        /// Joins identity and start.
        package init(id: AttemptID, start: StartRecord) {
            self.id = id
            self.start = start
        }

        var wire: [UInt8] {
            var writer = WireWriter()
            writer.put(Tag.id, id)
            writer.put(Tag.processID, Int64(start.processID))
            writer.put(Tag.startedAt, start.startedAt.microseconds)
            return writer.bytes
        }

        init(wire bytes: ArraySlice<UInt8>) throws(WireError) {
            self.init(id: AttemptID(high: 0, low: 0), start: StartRecord(processID: 0, startedAt: .epoch))
            var reader = WireReader(bytes)
            while let field = try reader.next() {
                switch field.tag {
                case Tag.id: id = try field.attemptID()
                case Tag.processID: start.processID = Int32(truncatingIfNeeded: field.number)
                case Tag.startedAt: start.startedAt = field.timestamp
                default: continue
                }
            }
        }
    }
}
