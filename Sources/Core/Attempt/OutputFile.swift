/// What a command wrote to `ROTA_OUTPUT`: lines `name=value`, or blocks `name<<WORD` … `WORD`.
package enum OutputFile {
    /// The most bytes of the whole file.
    package static let mostBytes = 1_048_576

    /// Reads the file; a later value of a name wins.
    package static func parse(_ bytes: [UInt8]) throws(OutputProblem) -> [String: String] {
        guard bytes.count <= mostBytes else { throw .tooLarge }
        guard !bytes.contains(0) else { throw .holdsNUL }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        var outputs: [String: String] = [:]
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        var number = 0
        while let line = lines.popFirst() {
            number += 1
            guard !line.isEmpty else { continue }
            let mark = line.firstRange(of: "<<")
            let equals = line.firstIndex(of: "=")
            if let mark, equals.map({ mark.lowerBound < $0 }) ?? true {
                let name = try checked(line[..<mark.lowerBound], line: number)
                let word = line[mark.upperBound...]
                guard !word.isEmpty, let end = lines.firstIndex(of: word) else {
                    throw .openBlock(name: name, line: number)
                }
                outputs[name] = lines[..<end].joined(separator: "\n")
                number += end + 1 - lines.startIndex
                lines = lines[(end + 1)...]
            } else if let equals {
                let name = try checked(line[..<equals], line: number)
                outputs[name] = String(line[line.index(after: equals)...])
            } else {
                throw .noValue(line: number, text: String(line.prefix(80)))
            }
        }
        return outputs
    }

    /// Compares what was published with what the task declares; nil: all is well.
    package static func problem(_ outputs: [String: String], declared: [OutputDeclaration]) -> OutputProblem? {
        for declaration in declared {
            guard let text = outputs[declaration.name] else { continue }
            guard declaration.type.accepts(text) else {
                return .wrongType(name: declaration.name, text: String(text.prefix(80)), type: declaration.type)
            }
        }
        return nil
    }

    private static func checked(_ name: Substring, line: Int) throws(OutputProblem) -> String {
        let bytes = Array(name.utf8)
        let isFirst: (UInt8) -> Bool = { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || byte == UInt8(ascii: "_")
        }
        let isOther: (UInt8) -> Bool = { byte in
            isFirst(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard let first = bytes.first, isFirst(first), bytes.dropFirst().allSatisfy(isOther), bytes.count <= 100 else {
            throw .badName(line: line, name: String(name.prefix(80)))
        }
        return String(name)
    }
}

/// Why a task's outputs were not taken; the task fails with this sentence.
package enum OutputProblem: Error, Hashable, Sendable {
    case tooLarge
    case holdsNUL
    case notUTF8
    case noValue(line: Int, text: String)
    case badName(line: Int, name: String)
    case openBlock(name: String, line: Int)
    case wrongType(name: String, text: String, type: ValueType)
}

extension OutputProblem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge:
            "the command wrote more than 1 MiB to $ROTA_OUTPUT; write large data to a file and publish its name"
        case .holdsNUL: "the command wrote a NUL byte to $ROTA_OUTPUT, which no output can hold"
        case .notUTF8: "the command wrote bytes to $ROTA_OUTPUT that are not UTF-8"
        case .noValue(let line, let text):
            "line \(line) of $ROTA_OUTPUT has no '=': '\(text)'. Write name=value, or name<<EOF … EOF for several lines"
        case .badName(let line, let name):
            "line \(line) of $ROTA_OUTPUT has the name '\(name)'; names begin with a letter or _ and hold letters, digits, _ and -"
        case .openBlock(let name, let line):
            "the block '\(name)' that begins in line \(line) of $ROTA_OUTPUT has no end line"
        case .wrongType(let name, let text, let type):
            "output '\(name)' is '\(text)', but must be \(type.expectation)"
        }
    }
}
