/// Compression by RFC 1951 with the fixed codes: no table to build or send, and pages are small and repetitive.
struct Deflate {
    private var output: [UInt8]
    private var bits: UInt64 = 0
    private var bitCount = 0

    private static let window = 32 * 1024
    private static let shortest = 3
    private static let longest = 258
    /// How many earlier places are tried for each match: more gain little on pages.
    private static let tries = 48
    private static let hashBits = 15

    /// A gzip file (RFC 1952) of the bytes.
    static func gzip(_ input: [UInt8]) -> [UInt8] {
        var deflate = Deflate(header: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255], capacity: input.count / 3 + 64)
        deflate.compress(input)
        var sum = CRC32.checksum(of: input)
        var length = UInt32(truncatingIfNeeded: input.count)
        for _ in 0..<4 {
            deflate.output.append(UInt8(truncatingIfNeeded: sum))
            sum >>= 8
        }
        for _ in 0..<4 {
            deflate.output.append(UInt8(truncatingIfNeeded: length))
            length >>= 8
        }
        return deflate.output
    }

    private init(header: [UInt8], capacity: Int) {
        output = header
        output.reserveCapacity(capacity)
    }

    private mutating func compress(_ input: [UInt8]) {
        put(1, count: 1)
        put(1, count: 2)
        var heads = [Int32](repeating: -1, count: 1 << Self.hashBits)
        var links = [Int32](repeating: -1, count: Self.window)
        var position = 0
        while position < input.count {
            let match = Self.match(in: input, at: position, heads: heads, links: links)
            let step: Int
            // One byte later a longer match may begin, which is worth a byte as it is.
            let isShort = match.length < 32 && position + 1 < input.count
            if match.length >= Self.shortest,
                !isShort
                    || Self.match(in: input, at: position + 1, heads: heads, links: links).length <= match.length
            {
                putMatch(length: match.length, distance: match.distance)
                step = match.length
            } else {
                putSymbol(Int(input[position]))
                step = 1
            }
            for place in position..<position + step where place + 2 < input.count {
                let hash = Self.hash(input, place)
                links[place & (Self.window - 1)] = heads[hash]
                heads[hash] = Int32(truncatingIfNeeded: place)
            }
            position += step
        }
        putSymbol(256)
        if bitCount > 0 { put(0, count: 8 - bitCount % 8 == 8 ? 0 : 8 - bitCount % 8) }
        flush()
    }

    // MARK: - Matches

    private static func hash(_ input: [UInt8], _ place: Int) -> Int {
        let key = UInt32(input[place]) | UInt32(input[place + 1]) << 8 | UInt32(input[place + 2]) << 16
        return Int((key &* 2_654_435_761) >> UInt32(32 - hashBits))
    }

    private static func match(
        in input: [UInt8],
        at position: Int,
        heads: [Int32],
        links: [Int32]
    ) -> (length: Int, distance: Int) {
        guard position + 2 < input.count else { return (0, 0) }
        var best = (length: 0, distance: 0)
        var candidate = Int(heads[hash(input, position)])
        var left = tries
        let most = min(longest, input.count - position)
        while candidate >= 0, position - candidate <= window - 1, left > 0 {
            if best.length < most, input[candidate + best.length] == input[position + best.length] {
                var length = 0
                while length < most, input[candidate + length] == input[position + length] { length += 1 }
                if length > best.length { best = (length, position - candidate) }
                if length == most { break }
            }
            let next = Int(links[candidate & (window - 1)])
            // The ring of links is overwritten; a link that leads forward belongs to a place long gone.
            guard next < candidate else { break }
            candidate = next
            left -= 1
        }
        return best
    }

    // MARK: - Codes

    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthExtra = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145, 8193, 12289, 16385, 24577,
    ]

    private mutating func putMatch(length: Int, distance: Int) {
        var code = 0
        while code + 1 < Self.lengthBases.count, Self.lengthBases[code + 1] <= length { code += 1 }
        putSymbol(257 + code)
        put(length - Self.lengthBases[code], count: Self.lengthExtra[code])
        var place = 0
        while place + 1 < Self.distanceBases.count, Self.distanceBases[place + 1] <= distance { place += 1 }
        put(Self.reversed(place, count: 5), count: 5)
        put(distance - Self.distanceBases[place], count: place < 4 ? 0 : place / 2 - 1)
    }

    private mutating func putSymbol(_ symbol: Int) {
        switch symbol {
        case 0...143: put(Self.reversed(0x30 + symbol, count: 8), count: 8)
        case 144...255: put(Self.reversed(0x190 + symbol - 144, count: 9), count: 9)
        case 256...279: put(Self.reversed(symbol - 256, count: 7), count: 7)
        default: put(Self.reversed(0xC0 + symbol - 280, count: 8), count: 8)
        }
    }

    /// Codes go out with their first bit first, numbers with their last.
    private static func reversed(_ code: Int, count: Int) -> Int {
        var result = 0
        for bit in 0..<count where code >> bit & 1 == 1 { result |= 1 << (count - 1 - bit) }
        return result
    }

    private mutating func put(_ value: Int, count: Int) {
        bits |= UInt64(value) << UInt64(bitCount)
        bitCount += count
        if bitCount >= 32 { flush() }
    }

    private mutating func flush() {
        while bitCount >= 8 {
            output.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            bitCount -= 8
        }
    }
}
