extension TimeZoneRules {
    /// Reads the bytes of a TZif file of version 1 to 4 (RFC 8536, RFC 9636).
    package init(name: String, tzif: [UInt8]) throws(TimeZoneError) {
        var reader = TZifReader(name: name, bytes: tzif)
        var header = try reader.header()
        var timeSize = 4
        if header.version >= 2 {
            // The first block repeats the data in 32 bits for readers of 1986.
            try reader.skip(header.blockSize(timeSize: 4))
            header = try reader.header()
            timeSize = 8
        }
        guard header.leapCount == 0 else { throw .countsLeapSeconds(zone: name) }
        let table = try reader.table(header, timeSize: timeSize)
        let rule = header.version >= 2 ? try reader.footer() : nil
        self.init(name: name, table: table, rule: rule)
    }

    /// Joins the table of a file with the rule that continues it.
    ///
    /// The rule is written out up to 2100, so that what schedules ask about is found by halving a table.
    private init(name: String, table: TZifTable, rule: POSIXZoneRule?) {
        var starts = [TimeZoneRules.distantPast]
        var offsets = [table.initialOffset]
        for (second, offset) in zip(table.seconds, table.offsets) where second > TimeZoneRules.distantPast {
            starts.append(second)
            offsets.append(offset)
        }
        guard let rule else {
            self.init(name: name, starts: starts, offsets: offsets, rule: nil)
            return
        }
        let tableEnd = starts[starts.count - 1]
        if tableEnd == TimeZoneRules.distantPast, rule.daylight == nil {
            // A zone without any change: the rule alone says it.
            self.init(name: name, starts: starts, offsets: [rule.standardOffset], rule: nil)
            return
        }
        let horizon = CivilDate(year: 2100, month: 1, day: 1).daysSinceEpoch * 86_400
        var segment = rule.segment(at: max(tableEnd, CivilDate(year: 1900, month: 1, day: 1).daysSinceEpoch * 86_400))
        while segment.end < horizon {
            starts.append(segment.end)
            segment = rule.segment(at: segment.end)
            offsets.append(segment.offset)
        }
        self.init(name: name, starts: starts, offsets: offsets, rule: rule)
    }
}

/// The numbers at the head of a block of a TZif file.
private struct TZifHeader {
    var version: Int
    var utcIndicatorCount: Int
    var standardIndicatorCount: Int
    var leapCount: Int
    var timeCount: Int
    var typeCount: Int
    var nameLength: Int

    func blockSize(timeSize: Int) -> Int {
        timeCount * (timeSize + 1) + typeCount * 6 + nameLength + leapCount * (timeSize + 4) + standardIndicatorCount
            + utcIndicatorCount
    }
}

/// What a block of a TZif file says.
private struct TZifTable {
    var initialOffset: Int
    var seconds: [Int]
    var offsets: [Int]
}

/// A cursor over the bytes of a TZif file.
private struct TZifReader {
    let name: String
    let bytes: [UInt8]
    var position = 0

    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    mutating func skip(_ count: Int) throws(TimeZoneError) {
        guard count <= bytes.count - position else { throw .truncated(zone: name) }
        position += count
    }

    mutating func integer(size: Int) throws(TimeZoneError) -> Int {
        let begin = position
        try skip(size)
        var value = Int(Int8(bitPattern: bytes[begin]))
        for byte in bytes[begin + 1..<position] { value = value << 8 | Int(byte) }
        return value
    }

    mutating func header() throws(TimeZoneError) -> TZifHeader {
        let begin = position
        guard bytes.dropFirst(begin).starts(with: "TZif".utf8) else { throw .notTZif(zone: name) }
        try skip(20)
        var counts: [Int] = []
        for _ in 0..<6 {
            let count = try integer(size: 4)
            // No number of entries exceeds the number of bytes; this keeps their products small.
            guard (0...bytes.count).contains(count) else { throw .truncated(zone: name) }
            counts.append(count)
        }
        let version = bytes[begin + 4]
        return TZifHeader(
            version: version == 0 ? 1 : Int(version) - 48,
            utcIndicatorCount: counts[0],
            standardIndicatorCount: counts[1],
            leapCount: counts[2],
            timeCount: counts[3],
            typeCount: counts[4],
            nameLength: counts[5]
        )
    }

    mutating func table(_ header: TZifHeader, timeSize: Int) throws(TimeZoneError) -> TZifTable {
        let end = position + header.blockSize(timeSize: timeSize)
        guard end <= bytes.count else { throw .truncated(zone: name) }
        guard header.typeCount > 0 else { throw .malformed(zone: name, what: "it has no local time type") }
        var seconds: [Int] = []
        for _ in 0..<header.timeCount {
            let second = try integer(size: timeSize)
            if let last = seconds.last, last >= second {
                throw .malformed(zone: name, what: "its changes are out of order")
            }
            seconds.append(second)
        }
        let indices = bytes[position..<position + header.timeCount]
        try skip(header.timeCount)
        var types: [Int] = []
        for _ in 0..<header.typeCount {
            let offset = try integer(size: 4)
            guard abs(offset) < 26 * 3600 else {
                throw .malformed(zone: name, what: "an offset of \(offset) seconds is out of range")
            }
            types.append(offset)
            try skip(2)
        }
        var offsets: [Int] = []
        for index in indices {
            guard Int(index) < types.count else {
                throw .malformed(zone: name, what: "a change points to local time type \(index) of \(types.count)")
            }
            offsets.append(types[Int(index)])
        }
        position = end
        return TZifTable(initialOffset: types[0], seconds: seconds, offsets: offsets)
    }

    /// Reads the rule between the last two line feeds; nil when it is empty.
    mutating func footer() throws(TimeZoneError) -> POSIXZoneRule? {
        let newline = UInt8(ascii: "\n")
        let rest = bytes[position...]
        guard rest.first == newline, let end = rest.dropFirst().firstIndex(of: newline) else {
            throw .truncated(zone: name)
        }
        let text = Array(rest[position + 1..<end])
        guard !text.isEmpty else { return nil }
        guard let rule = POSIXZoneRule(text) else {
            throw .badFooter(zone: name, footer: String(decoding: text, as: UTF8.self))
        }
        return rule
    }
}
