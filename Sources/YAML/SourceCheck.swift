/// Finds bytes that no file of ours may have, before the YAML parser sees them.
enum SourceCheck {
    /// The first such byte, or nothing.
    static func problem(in bytes: [UInt8], source: SourceText) -> Problem? {
        if let problem = byteOrderMark(bytes) { return problem }
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x20, byte < 0x7F {
                index += 1
                continue
            }
            if byte < 0x80 {
                if byte == 0x0A || byte == 0x0D || byte == 0x09 {
                    index += 1
                    continue
                }
                return control(byte, at: source.mark(at: index))
            }
            guard let (scalar, length) = scalar(in: bytes, at: index) else {
                return Problem(
                    at: source.mark(at: index),
                    "the byte 0x\(String(byte, radix: 16, uppercase: true)) is not UTF-8",
                    hint: "save the file as UTF-8"
                )
            }
            if let problem = invisible(scalar, at: index, source: source) { return problem }
            index += length
        }
        return nil
    }

    private static func byteOrderMark(_ bytes: [UInt8]) -> Problem? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            return Problem(
                at: .start,
                "the file begins with a byte order mark",
                hint: "save it as UTF-8 without a byte order mark (BOM)"
            )
        }
        let isUTF16 =
            bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE])
            || bytes.count >= 2 && (bytes[0] == 0) != (bytes[1] == 0)
        return isUTF16
            ? Problem(at: .start, "the file is not UTF-8, but UTF-16 or binary", hint: "save it as UTF-8") : nil
    }

    private static func control(_ byte: UInt8, at mark: Mark) -> Problem {
        if byte == 0 {
            return Problem(at: mark, "the file contains a NUL byte", hint: "remove it; is this a text file?")
        }
        return Problem(
            at: mark,
            "the control character 0x\(String(byte, radix: 16, uppercase: true)) is not allowed",
            hint: "write it as an escape in double quotes, such as \"\\x1b\""
        )
    }

    /// Line breaks to YAML that editors and shells do not see as such, and what YAML does not allow at all.
    private static func invisible(_ scalar: UInt32, at index: Int, source: SourceText) -> Problem? {
        switch scalar {
        case 0x80..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
            let name = String(scalar, radix: 16, uppercase: true)
            let code = String(repeating: "0", count: max(0, 4 - name.utf8.count)) + name
            return Problem(
                at: source.mark(at: index),
                "the invisible character U+\(code) is not allowed",
                hint: "remove it, or write it as an escape in double quotes: \"\\u\(code)\""
            )
        default: return nil
        }
    }

    /// Decodes one character of two to four bytes; nil where the bytes are no UTF-8.
    private static func scalar(in bytes: [UInt8], at index: Int) -> (UInt32, length: Int)? {
        let (length, first, least): (Int, UInt32, UInt32)
        switch bytes[index] {
        case 0xC2...0xDF: (length, first, least) = (2, UInt32(bytes[index] & 0x1F), 0x80)
        case 0xE0...0xEF: (length, first, least) = (3, UInt32(bytes[index] & 0x0F), 0x800)
        case 0xF0...0xF4: (length, first, least) = (4, UInt32(bytes[index] & 0x07), 0x10000)
        default: return nil
        }
        guard index + length <= bytes.count else { return nil }
        var value = first
        for byte in bytes[index + 1..<index + length] {
            guard byte & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        guard value >= least, value <= 0x10FFFF, !(0xD800..<0xE000).contains(value) else { return nil }
        return (value, length)
    }
}
