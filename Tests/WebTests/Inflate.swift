/// Reads what our compression writes, so that a test can compare: gzip with fixed codes only.
struct Inflate {
    enum Failure: Error {
        case notGzip
        case notFixed
        case cutShort
        case wrongChecksum
    }

    private let input: [UInt8]
    private var position: Int

    static func gunzip(_ file: [UInt8]) throws -> [UInt8] {
        guard file.count >= 18, file[0] == 0x1F, file[1] == 0x8B, file[2] == 8, file[3] == 0 else {
            throw Failure.notGzip
        }
        var inflate = Inflate(input: Array(file[10...]), position: 0)
        let output = try inflate.block()
        var end = (inflate.position + 7) / 8
        var numbers: [UInt32] = []
        for _ in 0..<2 {
            guard end + 4 <= inflate.input.count else { throw Failure.cutShort }
            numbers.append((0..<4).reduce(0) { $0 | UInt32(inflate.input[end + $1]) << UInt32(8 * $1) })
            end += 4
        }
        // The bitwise definition, on purpose not the table's.
        var sum: UInt32 = 0xFFFF_FFFF
        for byte in output {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        guard numbers == [sum ^ 0xFFFF_FFFF, UInt32(output.count)], end == inflate.input.count else {
            throw Failure.wrongChecksum
        }
        return output
    }

    private mutating func bit() throws -> Int {
        guard position / 8 < input.count else { throw Failure.cutShort }
        defer { position += 1 }
        return Int(input[position / 8] >> UInt8(position % 8)) & 1
    }

    private mutating func number(_ count: Int) throws -> Int {
        var value = 0
        for place in 0..<count { value |= try bit() << place }
        return value
    }

    private mutating func symbol() throws -> Int {
        var code = 0
        for _ in 0..<7 { code = try code << 1 | bit() }
        if code < 24 { return 256 + code }
        code = try code << 1 | bit()
        if code < 192 { return code - 48 }
        if code < 200 { return 280 + code - 192 }
        return try 144 + (code << 1 | bit()) - 400
    }

    private mutating func block() throws -> [UInt8] {
        guard try number(1) == 1, try number(2) == 1 else { throw Failure.notFixed }
        var output: [UInt8] = []
        while true {
            let symbol = try symbol()
            if symbol == 256 { return output }
            if symbol < 256 {
                output.append(UInt8(symbol))
                continue
            }
            let code = symbol - 257
            let extra = code < 8 || code == 28 ? 0 : code / 4 - 1
            let base = code == 28 ? 258 : code < 8 ? code + 3 : (4 + code % 4) << extra | 0
            let length = try (code == 28 ? 258 : code < 8 ? base : base + 3) + number(extra)
            var place = 0
            for _ in 0..<5 { place = try place << 1 | bit() }
            let more = place < 4 ? 0 : place / 2 - 1
            let distance = try (place < 4 ? place + 1 : (2 + place % 2) << more + 1) + number(more)
            guard distance <= output.count else { throw Failure.cutShort }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }
}
