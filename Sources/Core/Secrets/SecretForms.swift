/// The forms in which programs print a value without meaning to: what is masked beside the value itself.
///
/// After the list that GitHub's runner registers for each secret. No list is complete: a program that wants to print a
/// secret can.
package enum SecretForms {
    /// The least bytes of a secret: shorter ones would be masked in every other line.
    package static let leastBytes = 8
    /// The most bytes of a secret.
    package static let mostBytes = 4_096
    /// The most bytes of a form: a quote in XML has six.
    package static let longest = 6 * mostBytes

    /// A value as it is and as base64 at each of its three places, hex, percent-encoded, in JSON, in XML and quoted for a
    /// shell; the same of each of its lines.
    package static func all(of value: [UInt8]) -> Set<[UInt8]> {
        var values = [value]
        let lines = value.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") })
        if lines.count > 1 { values += lines.map { Array($0) } }
        var forms: Set<[UInt8]> = []
        for value in values where value.count >= leastBytes {
            forms.formUnion(
                [
                    value, hex(value, capitals: false), hex(value, capitals: true), json(value, escapesSlash: false),
                    json(value, escapesSlash: true), xml(value), shellQuoted(value),
                ]
            )
            forms.formUnion(percentEncodings(of: value))
            forms.formUnion(base64(value))
        }
        return forms
    }

    private static let digits = Array("0123456789abcdef".utf8)
    private static let capitalDigits = Array("0123456789ABCDEF".utf8)

    private static func hex(_ value: [UInt8], capitals: Bool) -> [UInt8] {
        let digits = capitals ? capitalDigits : digits
        return value.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    private static func percentEncodings(of value: [UInt8]) -> Set<[UInt8]> {
        var forms: Set<[UInt8]> = []
        for digits in [digits, capitalDigits] {
            for hasPlus in [false, true] {
                // What RFC 3986 leaves as it is; and, as many libraries do, the slash too.
                for kept in [Array("-._~".utf8), Array("-._~/".utf8)] {
                    forms.insert(
                        value.flatMap { byte -> [UInt8] in
                            if isAlphanumeric(byte) || kept.contains(byte) { return [byte] }
                            if hasPlus, byte == UInt8(ascii: " ") { return [UInt8(ascii: "+")] }
                            return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                        }
                    )
                }
            }
        }
        return forms
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte &- 48 < 10 || (byte | 0x20) &- 97 < 26
    }

    /// The characters that depend on the value alone, wherever it begins in what is encoded.
    private static func base64(_ value: [UInt8]) -> Set<[UInt8]> {
        let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let forAddresses = standard.dropLast(2) + Array("-_".utf8)
        var forms: Set<[UInt8]> = []
        for place in 0..<3 {
            let bytes = [UInt8](repeating: 0, count: place) + value
            let first = (place * 8 + 5) / 6
            let last = bytes.count * 8 / 6
            for alphabet in [standard, Array(forAddresses)] {
                let form = (first..<last).map { character in
                    let bit = character * 6
                    let word = Int(bytes[bit / 8]) << 8 | (bit / 8 + 1 < bytes.count ? Int(bytes[bit / 8 + 1]) : 0)
                    return alphabet[word >> (10 - bit % 8) & 63]
                }
                if form.count >= leastBytes { forms.insert(form) }
            }
        }
        return forms
    }

    private static func json(_ value: [UInt8], escapesSlash: Bool) -> [UInt8] {
        let short: [UInt8: Character] = [8: "b", 9: "t", 10: "n", 12: "f", 13: "r", 34: "\"", 92: "\\"]
        return value.flatMap { byte -> [UInt8] in
            if let letter = short[byte] { return Array("\\\(letter)".utf8) }
            if byte == UInt8(ascii: "/"), escapesSlash { return Array("\\/".utf8) }
            if byte < 32 { return Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
            return [byte]
        }
    }

    private static func xml(_ value: [UInt8]) -> [UInt8] {
        let names: [UInt8: String] = [38: "&amp;", 60: "&lt;", 62: "&gt;", 34: "&quot;", 39: "&#39;"]
        return value.flatMap { names[$0].map { Array($0.utf8) } ?? [$0] }
    }

    private static func shellQuoted(_ value: [UInt8]) -> [UInt8] {
        value.flatMap { $0 == UInt8(ascii: "'") ? Array("'\\''".utf8) : [$0] }
    }
}
