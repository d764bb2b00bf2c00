/// The fields of a form or query, in the order they came.
struct FormFields: Hashable, Sendable {
    private(set) var pairs: [Pair] = []

    /// One field as it was sent.
    struct Pair: Hashable, Sendable {
        var name: String
        var value: String
    }

    /// Reads `application/x-www-form-urlencoded` text.
    init(_ text: some StringProtocol) {
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let value = halves.count > 1 ? Self.decode(halves[1]) : ""
            pairs.append(Pair(name: Self.decode(halves[0]), value: value))
        }
    }

    /// Holds no field.
    init() {}

    /// Holds these fields.
    init(_ pairs: [Pair]) { self.pairs = pairs }

    /// The last value under a name; nil where there is none.
    subscript(name: String) -> String? { pairs.last { $0.name == name }?.value }

    /// The last value under a name, nil where there is none or nothing but white space.
    func filled(_ name: String) -> String? {
        guard let value = self[name], value.contains(where: { !$0.isWhitespace }) else { return nil }
        return value
    }

    /// Every value under a name.
    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    private static func decode(_ encoded: some Sequence<UInt8>) -> String {
        var bytes: [UInt8] = []
        var pending: [UInt8] = []
        for byte in encoded {
            if !pending.isEmpty {
                pending.append(byte)
                guard pending.count == 3 else { continue }
                if let high = hexadecimal(pending[1]), let low = hexadecimal(pending[2]) {
                    bytes.append(high << 4 | low)
                } else {
                    bytes += pending
                }
                pending = []
            } else if byte == UInt8(ascii: "%") {
                pending = [byte]
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes + pending, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
