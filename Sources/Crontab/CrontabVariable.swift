/// A line of a crontab that sets a variable for the jobs below it.
package struct CrontabVariable: Hashable, Sendable {
    /// The name, as written.
    package var name: String
    /// The value without its quotes; nothing in it is expanded.
    package var value: String

    /// Pairs a name with its value.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Reads a line by the rules of cron: a name and a value, each of which may stand in quotes; nil for any other line.
    ///
    /// White space around the name and around an unquoted value does not count. A quote inside an unquoted value, and a
    /// `#`, are part of it.
    package init?(line: String) {
        var rest = Substring(line).drop(while: Self.isSpace)
        guard let name = Self.name(from: &rest) else { return nil }
        rest = rest.drop(while: Self.isSpace)
        guard rest.first == "=" else { return nil }
        rest = rest.dropFirst().drop(while: Self.isSpace)
        if let quote = rest.first, quote == "\"" || quote == "'" {
            let content = rest.dropFirst()
            guard let end = content.firstIndex(of: quote),
                content[content.index(after: end)...].allSatisfy(Self.isSpace)
            else { return nil }
            self.init(name, String(content[..<end]))
        } else {
            while let last = rest.last, Self.isSpace(last) { rest.removeLast() }
            self.init(name, String(rest))
        }
    }

    /// Whether a shell can have a variable of that name, and whether Rota lets a file set it.
    var isUsable: Bool {
        guard let first = name.utf8.first, first &- 48 >= 10, !name.hasPrefix("ROTA_") else { return false }
        return name.utf8.allSatisfy { $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 26 || $0 == UInt8(ascii: "_") }
    }

    private static func name(from rest: inout Substring) -> String? {
        guard let first = rest.first else { return nil }
        if first == "\"" || first == "'" {
            let content = rest.dropFirst()
            guard let end = content.firstIndex(of: first), end > content.startIndex, !content[..<end].contains("=")
            else { return nil }
            rest = content[content.index(after: end)...]
            return String(content[..<end])
        }
        let name = rest.prefix { $0 != "=" && !isSpace($0) }
        rest = rest[name.endIndex...]
        return name.isEmpty ? nil : String(name)
    }

    private static func isSpace(_ character: Character) -> Bool { character.isCrontabSpace || character == "\r" }
}

extension Character {
    /// Whether cron takes it for white space inside a line.
    var isCrontabSpace: Bool { self == " " || self == "\t" }
}
