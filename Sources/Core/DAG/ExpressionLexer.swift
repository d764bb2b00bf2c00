/// A word, number, quoted text or sign of an expression.
struct ExpressionToken: Hashable, Sendable {
    var kind: Kind
    var text: String
    /// In bytes from the expression's start.
    var offset: Int

    enum Kind: Hashable, Sendable {
        case word
        case number
        case quoted
        case sign
        case end
    }
}

/// Cuts an expression into tokens.
struct ExpressionLexer {
    private let bytes: [UInt8]
    private var position = 0

    init(_ source: String) {
        bytes = Array(source.utf8)
    }

    mutating func tokens() throws(TemplateProblem) -> [ExpressionToken] {
        var tokens: [ExpressionToken] = []
        while true {
            while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
            guard position < bytes.count else { break }
            tokens.append(try token())
        }
        return tokens + [ExpressionToken(kind: .end, text: "", offset: bytes.count)]
    }

    private mutating func token() throws(TemplateProblem) -> ExpressionToken {
        let start = position
        let byte = bytes[position]
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            position += 1
            while position < bytes.count, bytes[position] != byte { position += 1 }
            guard position < bytes.count else { throw TemplateProblem("this quoted text does not end", at: start) }
            position += 1
            return token(.quoted, start, String(decoding: bytes[start + 1..<position - 1], as: UTF8.self))
        }
        if isDigit(byte) || byte == UInt8(ascii: "-") && position + 1 < bytes.count && isDigit(bytes[position + 1]) {
            position += 1
            while position < bytes.count, isDigit(bytes[position]) || isNameByte(bytes[position]) { position += 1 }
            return token(.number, start)
        }
        if isNameByte(byte), byte != UInt8(ascii: "-"), byte != UInt8(ascii: ".") {
            while position < bytes.count, isNameByte(bytes[position]) { position += 1 }
            return token(.word, start)
        }
        return try sign(start)
    }

    private mutating func sign(_ start: Int) throws(TemplateProblem) -> ExpressionToken {
        let pair = String(decoding: bytes[start..<min(start + 2, bytes.count)], as: UTF8.self)
        switch pair {
        case "==", "!=", "<=", ">=":
            position += 2
            return token(.sign, start)
        case "&&": throw TemplateProblem("'&&' is not known here", hint: "write and", at: start)
        case "||": throw TemplateProblem("'||' is not known here", hint: "write or", at: start)
        case "{{":
            throw TemplateProblem(
                "an expression stands without {{ }}",
                hint: "write the name alone, as in: params.region == \"emea\"",
                at: start
            )
        default: break
        }
        switch pair.first {
        case "<", ">", "(", ")", "[", "]", ",":
            position += 1
            return token(.sign, start)
        case "=": throw TemplateProblem("'=' alone is not known", hint: "write == to compare", at: start)
        case "!": throw TemplateProblem("'!' alone is not known", hint: "write not", at: start)
        case "|": throw TemplateProblem("filters cannot be used in an expression", at: start)
        default:
            let character = String(decoding: bytes[start...], as: UTF8.self).first.map(String.init) ?? ""
            throw TemplateProblem("'\(character.shortened)' is not known in an expression", at: start)
        }
    }

    private func token(_ kind: ExpressionToken.Kind, _ start: Int, _ text: String? = nil) -> ExpressionToken {
        ExpressionToken(
            kind: kind,
            text: text ?? String(decoding: bytes[start..<position], as: UTF8.self),
            offset: start
        )
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    private func isNameByte(_ byte: UInt8) -> Bool {
        byte < 0x80
            && (ScalarSet.word.contains(Unicode.Scalar(byte)) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "."))
    }
}
