/// A word for exactly one plan, made of all that the plan shows.
struct PlanHash {
    // FNV-1a, 64 bits: it tells honest plans apart and protects nothing.
    private var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 { mix(byte) }
        // Where one text ends and the next begins counts as well.
        mix(0)
    }

    mutating func add(_ number: some FixedWidthInteger) { add("\(number)") }

    private mutating func mix(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
    }

    var text: String { String(value, radix: 16) }
}
