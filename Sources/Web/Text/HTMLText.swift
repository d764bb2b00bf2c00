/// HTML being written; text goes in escaped, markup as it is.
struct HTMLText: Sendable {
    private(set) var bytes: [UInt8] = []

    /// Begins with room for so many bytes.
    init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// The markup so far.
    var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Adds markup that we wrote ourselves.
    mutating func markup(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Adds text from anywhere.
    mutating func text(_ text: some StringProtocol) {
        for byte in text.utf8 { self.byte(byte) }
    }

    /// Adds one byte of UTF-8 text from anywhere.
    ///
    /// Bytes, not characters: `<` with a combining mark is one character that is not equal to `<`, and browsers see a
    /// tag in it all the same.
    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
        case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
        case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
        case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
        case UInt8(ascii: "'"): bytes.append(contentsOf: "&#39;".utf8)
        case 0: bytes.append(contentsOf: "\u{FFFD}".utf8)
        default: bytes.append(byte)
        }
    }

    /// Text made safe for content and quoted attributes.
    static func escape(_ text: some StringProtocol) -> String {
        var html = HTMLText(capacity: text.utf8.count + 16)
        html.text(text)
        return html.string
    }

    /// A sentence as markup: what stands between two backticks, as commands do, is shown as code.
    static func sentence(_ text: some StringProtocol) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        guard parts.count % 2 == 1 else { return escape(text) }
        var html = HTMLText(capacity: text.utf8.count + 32)
        for (index, part) in parts.enumerated() {
            html.markup(index % 2 == 1 ? "<code>" : index > 0 ? "</code>" : "")
            html.text(part)
        }
        return html.string
    }
}
