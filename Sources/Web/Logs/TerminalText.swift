/// Renders what a task printed: colours as classes, and nothing that could run, move a cursor or hide text.
///
/// The style goes on from line to line, as on a terminal.
struct TerminalText: Sendable {
    private var style = TextStyle()
    private var link: String?
    private var open = TextStyle()
    private var openLink: String?

    /// Writes one line's text.
    mutating func render(_ bytes: [UInt8], into html: inout HTMLText) {
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case 0x1B:
                position = sequence(bytes, after: position + 1)
            case 0x09:
                adopt(&html)
                html.byte(byte)
                position += 1
            case 0x20...0x7E:
                adopt(&html)
                html.byte(byte)
                position += 1
            case 0..<0x20, 0x7F:
                adopt(&html)
                // The pictures of control characters are in Unicode's order.
                token(String(Unicode.Scalar(byte == 0x7F ? 0x2421 : 0x2400 + UInt32(byte)) ?? "\u{FFFD}"), &html)
                position += 1
            default:
                position = scalar(bytes, at: position, &html)
            }
        }
        close(&html)
    }

    /// Shows one scalar of more than one byte, or a byte that is not UTF-8.
    private mutating func scalar(_ bytes: [UInt8], at position: Int, _ html: inout HTMLText) -> Int {
        let length = Self.length(bytes, at: position)
        guard length > 0 else {
            adopt(&html)
            let digits = String(bytes[position], radix: 16, uppercase: true)
            token("\\x" + digits, &html)
            return position + 1
        }
        let value = Self.value(bytes, at: position, length: length)
        switch value {
        case 0x90, 0x98, 0x9B, 0x9D, 0x9E, 0x9F:
            return sequence(bytes, kind: UInt8(value - 0x40), after: position + length)
        case 0x80...0x9F: break
        case _ where Self.isHidden(value):
            adopt(&html)
            let digits = String(value, radix: 16, uppercase: true)
            token("U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits, &html)
        default:
            adopt(&html)
            for byte in bytes[position..<position + length] { html.byte(byte) }
        }
        return position + length
    }

    private func token(_ text: String, _ html: inout HTMLText) {
        html.markup("<span class=\"ctl\">")
        html.text(text)
        html.markup("</span>")
    }

    // MARK: - Escape sequences

    private mutating func sequence(_ bytes: [UInt8], after position: Int) -> Int {
        guard position < bytes.count else { return position }
        let kind = bytes[position]
        switch kind {
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"),
            UInt8(ascii: "_"):
            return sequence(bytes, kind: kind, after: position + 1)
        default:
            var end = position
            while end < bytes.count, (0x20...0x2F).contains(bytes[end]) { end += 1 }
            // A final byte; anything else is text again.
            return end < bytes.count && (0x30...0x7E).contains(bytes[end]) ? end + 1 : end
        }
    }

    private mutating func sequence(_ bytes: [UInt8], kind: UInt8, after position: Int) -> Int {
        kind == UInt8(ascii: "[") ? control(bytes, from: position) : string(bytes, kind: kind, from: position)
    }

    /// Reads `ESC [ … final`; only `m` means anything here.
    private mutating func control(_ bytes: [UInt8], from start: Int) -> Int {
        var end = start
        while end < bytes.count, (0x20...0x3F).contains(bytes[end]) { end += 1 }
        guard end < bytes.count, (0x40...0x7E).contains(bytes[end]) else { return end }
        let parameters = bytes[start..<end]
        let isPlain = parameters.allSatisfy { (0x30...0x3B).contains($0) }
        if bytes[end] == UInt8(ascii: "m"), isPlain, parameters.count <= 256 { style.apply(Self.numbers(parameters)) }
        return end + 1
    }

    private static func numbers(_ parameters: ArraySlice<UInt8>) -> [Int] {
        guard !parameters.isEmpty else { return [] }
        var numbers: [Int] = []
        for part in parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false) {
            var fields = part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
                .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
            // 38:2::R:G:B names a colour space between the 2 and the colour.
            if fields.count == 6, fields[0] == 38 || fields[0] == 48, fields[1] == 2 { fields.remove(at: 2) }
            // 4:3 is one kind of underline, and 4:0 is none.
            if fields.count == 2, fields[0] == 4 { fields = [fields[1] == 0 ? 24 : 4] }
            numbers += fields
        }
        return numbers
    }

    /// Reads an operating system command or another string up to its terminator; only links mean anything here.
    private mutating func string(_ bytes: [UInt8], kind: UInt8, from start: Int) -> Int {
        var end = start
        while end < bytes.count {
            let terminator = Self.terminator(bytes, at: end, allowsBell: kind == UInt8(ascii: "]"))
            if terminator > 0 {
                if kind == UInt8(ascii: "]") { command(bytes[start..<end]) }
                return end + terminator
            }
            end += 1
        }
        return end
    }

    /// The length of a string terminator; 0 where there is none.
    private static func terminator(_ bytes: [UInt8], at position: Int, allowsBell: Bool) -> Int {
        let next = position + 1 < bytes.count ? bytes[position + 1] : 0
        switch bytes[position] {
        case 0x07: return allowsBell ? 1 : 0
        case 0x1B: return next == UInt8(ascii: "\\") ? 2 : 0
        case 0xC2: return next == 0x9C ? 2 : 0
        default: return 0
        }
    }

    private mutating func command(_ bytes: ArraySlice<UInt8>) {
        let parts = bytes.split(separator: UInt8(ascii: ";"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].elementsEqual("8".utf8) else { return }
        let target = parts[2]
        let isWeb = target.starts(with: "http://".utf8) || target.starts(with: "https://".utf8)
        let isPlain = target.count <= 2048 && target.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        link = isWeb && isPlain ? String(decoding: target, as: UTF8.self) : nil
    }

    // MARK: - Spans

    private mutating func adopt(_ html: inout HTMLText) {
        guard style != open || link != openLink else { return }
        close(&html)
        if let link {
            html.markup("<a rel=\"noopener noreferrer nofollow\" href=\"")
            html.text(link)
            html.markup("\">")
        }
        let classes = style.classes
        if !classes.isEmpty { html.markup("<span class=\"\(classes)\">") }
        open = style
        openLink = link
    }

    private mutating func close(_ html: inout HTMLText) {
        if open != TextStyle() { html.markup("</span>") }
        if openLink != nil { html.markup("</a>") }
        open = TextStyle()
        openLink = nil
    }

    // MARK: - UTF-8

    /// The length of the well-formed sequence at a position; 0 where there is none.
    private static func length(_ bytes: [UInt8], at position: Int) -> Int {
        let first = bytes[position]
        let second = position + 1 < bytes.count ? bytes[position + 1] : 0
        let length: Int
        switch (first, second) {
        case (0xC2...0xDF, 0x80...0xBF): length = 2
        case (0xE0, 0xA0...0xBF), (0xE1...0xEC, 0x80...0xBF), (0xED, 0x80...0x9F), (0xEE...0xEF, 0x80...0xBF):
            length = 3
        case (0xF0, 0x90...0xBF), (0xF1...0xF3, 0x80...0xBF), (0xF4, 0x80...0x8F): length = 4
        default: return 0
        }
        guard position + length <= bytes.count else { return 0 }
        let isWhole = bytes[position + 1..<position + length].allSatisfy { $0 & 0xC0 == 0x80 }
        return isWhole ? length : 0
    }

    private static func value(_ bytes: [UInt8], at position: Int, length: Int) -> UInt32 {
        let mask: UInt8 = length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07
        return bytes[position + 1..<position + length]
            .reduce(UInt32(bytes[position] & mask)) { $0 << 6 | UInt32($1 & 0x3F) }
    }

    /// Marks that turn or hide text: bidi controls, zero-width ones, separators, tags.
    private static func isHidden(_ value: UInt32) -> Bool {
        switch value {
        case 0xAD, 0x34F, 0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F, 0x200B...0x200F, 0x2028...0x202E,
            0x2060...0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF9...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A,
            0xE0000...0xE0FFF:
            true
        default: false
        }
    }
}
