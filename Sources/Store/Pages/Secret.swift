/// A random text that opens something; the database keeps only its SHA-256.
package struct Secret: Hashable, Sendable {
    /// The text, of letters, digits, `-` and `_`.
    package let text: String

    /// Draws 192 random bits from the system, behind a prefix that tells people and scanners what it is.
    package init(prefix: String = "") {
        var generator = SystemRandomNumberGenerator()
        var digits: [UInt8] = []
        for _ in 0..<32 { digits.append(Self.alphabet[Int(generator.next() & 63)]) }
        text = prefix + String(decoding: digits, as: UTF8.self)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
