/// Makes bytes of any origin safe to show on a terminal: what would steer it is shown instead of obeyed.
///
/// Colours (SGR sequences), tabs and line ends stay. A sequence that is cut in two by the end of a piece is kept until
/// the next one.
struct VisibleText: Sendable {
    private var pending: [UInt8] = []
    private var hasColour = false

    private static let escape: UInt8 = 0x1B

    /// The next piece, made safe.
    mutating func show(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        pending += bytes
        var shown: [UInt8] = []
        var place = 0
        while place < pending.count {
            guard let length = Self.lengthOfUnit(pending[place...]) else { break }
            show(pending[place..<place + length], to: &shown)
            place += length
        }
        pending.removeFirst(place)
        return shown
    }

    /// What was kept back, shown as it stands, and the end of any colour.
    mutating func end() -> [UInt8] {
        var shown: [UInt8] = []
        for byte in pending { Self.showHexadecimal(byte, to: &shown) }
        pending = []
        if hasColour { shown += Array("\u{1B}[0m".utf8) }
        hasColour = false
        return shown
    }

    /// The text on one line: control characters escaped, line ends as spaces.
    static func oneLine(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text }
        var line = ""
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\t" {
                line += " "
            } else if isUnsafe(scalar) {
                line += name(of: scalar)
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    /// How many bytes belong together at the beginning; nil where only more bytes can tell.
    private static func lengthOfUnit(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first else { return nil }
        switch first {
        case 0x0D: return bytes.count > 1 ? (bytes[bytes.startIndex + 1] == 0x0A ? 2 : 1) : nil
        case escape: return lengthOfColour(bytes)
        case 0xC2...0xDF: return lengthOfCharacter(bytes, 2)
        case 0xE0...0xEF: return lengthOfCharacter(bytes, 3)
        case 0xF0...0xF4: return lengthOfCharacter(bytes, 4)
        default: return 1
        }
    }

    private static func lengthOfCharacter(_ bytes: ArraySlice<UInt8>, _ length: Int) -> Int? {
        let rest = bytes.dropFirst().prefix(length - 1)
        guard rest.allSatisfy({ $0 & 0xC0 == 0x80 }) else { return 1 }
        return rest.count == length - 1 ? length : nil
    }

    /// The length of an SGR sequence; 1 for any other sequence, of which only the escape is special then.
    private static func lengthOfColour(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count > 1 else { return nil }
        guard bytes[bytes.startIndex + 1] == UInt8(ascii: "[") else { return 1 }
        for (offset, byte) in bytes.dropFirst(2).prefix(32).enumerated() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ";"), UInt8(ascii: ":"): continue
            case UInt8(ascii: "m"): return offset + 3
            default: return 1
            }
        }
        return bytes.count < 34 ? nil : 1
    }

    private mutating func show(_ unit: ArraySlice<UInt8>, to shown: inout [UInt8]) {
        guard let first = unit.first else { return }
        switch first {
        case 0x0A, 0x09, 0x20...0x7E: shown += unit
        case 0x0D where unit.count == 2: shown.append(0x0A)
        case Self.escape where unit.count > 1:
            hasColour = true
            shown += unit
        case 0x00...0x1F, 0x7F:
            shown += [UInt8(ascii: "^"), first ^ 0x40]
        default:
            guard unit.count > 1, let text = String(validating: unit, as: UTF8.self),
                let scalar = text.unicodeScalars.first
            else {
                for byte in unit { Self.showHexadecimal(byte, to: &shown) }
                return
            }
            shown += Self.isUnsafe(scalar) ? Array(Self.name(of: scalar).utf8) : Array(unit)
        }
    }

    /// Control characters of Unicode, and those that change the order or hide what stands there.
    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x200B, 0x200E...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF: true
        default: false
        }
    }

    private static func name(of scalar: Unicode.Scalar) -> String {
        if scalar.value < 0x20 { return "^" + String(UnicodeScalar(UInt8(scalar.value) ^ 0x40)) }
        return "<U+" + String(scalar.value, radix: 16, uppercase: true) + ">"
    }

    private static func showHexadecimal(_ byte: UInt8, to shown: inout [UInt8]) {
        shown += Array("\\x".utf8)
        if byte < 16 { shown.append(UInt8(ascii: "0")) }
        shown += Array(String(byte, radix: 16, uppercase: true).utf8)
    }
}
