/// Takes the escape sequences and control characters out of what a task printed, piece by piece.
struct PlainText: Sendable {
    private enum State {
        case text
        case escape
        case control
        case string
        case stringEscape
    }

    private var state = State.text

    /// Whether no sequence is open.
    var isInText: Bool { state == .text }

    /// The text of the next piece with its control characters, but without escape sequences: quicker, for searching.
    mutating func stripSequences(_ bytes: [UInt8]) -> [UInt8] {
        if isInText, TextMatcher.find(0x1B, in: bytes, from: 0) == nil { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            if isInText {
                let next = TextMatcher.find(0x1B, in: bytes, from: position) ?? bytes.count
                result += bytes[position..<next]
                position = next
                if position == bytes.count { break }
            }
            take(bytes[position], into: &result)
            position += 1
        }
        return result
    }

    /// The text of the next piece.
    mutating func strip(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for byte in bytes { take(byte, into: &result) }
        return result
    }

    private mutating func take(_ byte: UInt8, into result: inout [UInt8]) {
        switch state {
        case .text:
            if byte == 0x1B {
                state = .escape
            } else if byte >= 0x20 && byte != 0x7F || byte == 0x0A || byte == 0x09 || byte == 0x0D {
                result.append(byte)
            }
        case .escape:
            switch byte {
            case UInt8(ascii: "["): state = .control
            case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
                state = .string
            case 0x20...0x2F: break
            case 0x0A:
                state = .text
                result.append(byte)
            default: state = .text
            }
        case .control:
            // A line end is never part of a sequence, whatever a broken one says.
            if byte == 0x0A { result.append(byte) }
            if !(0x20...0x3F).contains(byte) { state = .text }
        case .string:
            if byte == 0x07 { state = .text } else if byte == 0x1B { state = .stringEscape }
            if byte == 0x0A {
                result.append(byte)
                state = .text
            }
        case .stringEscape:
            state = byte == UInt8(ascii: "\\") ? .text : .string
        }
    }
}
