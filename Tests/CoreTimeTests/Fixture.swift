import Glibc

/// The files of cases, one JSON object a line.
enum Fixture {
    /// A JSON value, as far as the cases have them.
    enum Value: Hashable {
        case string(String)
        case strings([String])
        case other(String)

        var string: String? { if case .string(let text) = self { text } else { nil } }
        var strings: [String] { if case .strings(let texts) = self { texts } else { [] } }
    }

    static func lines(_ name: String, file: String = #filePath) throws -> [[String: Value]] {
        let folder = file.split(separator: "/").dropLast(2).joined(separator: "/")
        let text = String(decoding: try bytes(of: "/\(folder)/Fixtures/cron/\(name)"), as: UTF8.self)
        return text.split(separator: "\n").map { line in
            var parser = LineParser(text: Array(line.unicodeScalars))
            return parser.object()
        }
    }

    static func bytes(of path: String) throws -> [UInt8] {
        guard let file = unsafe fopen(path, "rb") else { throw Missing(path: path) }
        defer { unsafe fclose(file) }
        var content: [UInt8] = []
        while case let byte = unsafe getc(file), byte >= 0 { content.append(UInt8(byte)) }
        return content
    }

    struct Missing: Error {
        var path: String
    }

    private struct LineParser {
        let text: [Unicode.Scalar]
        var position = 0

        mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
            while text[position] == " " { position += 1 }
            guard text[position] == scalar else { return false }
            position += 1
            return true
        }

        mutating func object() -> [String: Value] {
            var object: [String: Value] = [:]
            guard skip("{") else { return object }
            repeat {
                let key = string()
                _ = skip(":")
                object[key] = value()
            } while skip(",")
            return object
        }

        mutating func value() -> Value {
            if skip("[") {
                var texts: [String] = []
                if skip("]") { return .strings(texts) }
                repeat { texts.append(string()) } while skip(",")
                _ = skip("]")
                return .strings(texts)
            }
            while text[position] == " " { position += 1 }
            if text[position] == "\"" { return .string(string()) }
            var word = ""
            while text[position] != ",", text[position] != "}" {
                word.unicodeScalars.append(text[position])
                position += 1
            }
            return .other(word)
        }

        mutating func string() -> String {
            var result = String.UnicodeScalarView()
            guard skip("\"") else { return "" }
            while text[position] != "\"" {
                if text[position] == "\\" { result.append(escape()) } else { result.append(text[position]) }
                position += 1
            }
            position += 1
            return String(result)
        }

        /// Leaves the position at the last scalar of the escape; a pair of surrogates is one scalar.
        mutating func escape() -> Unicode.Scalar {
            position += 1
            switch text[position] {
            case "n": return "\n"
            case "t": return "\t"
            case "r": return "\r"
            case "b": return "\u{8}"
            case "f": return "\u{C}"
            case "u":
                let high = hexadecimal()
                guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) ?? "\u{FFFD}" }
                position += 2
                let low = hexadecimal()
                return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + low - 0xDC00) ?? "\u{FFFD}"
            default: return text[position]
            }
        }

        mutating func hexadecimal() -> UInt32 {
            var value: UInt32 = 0
            for offset in 1...4 { value = value << 4 | UInt32(Character(text[position + offset]).hexDigitValue ?? 0) }
            position += 4
            return value
        }
    }
}
