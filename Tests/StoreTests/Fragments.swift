import TestKit

/// Constants of the store's source text that statements are put together from.
struct Fragments {
    private var texts: [String: String] = [:]

    /// Reads every `let name = "…"` of the store; a constant of `Type.swift` is also `Type.name`.
    init(files: [String]) {
        for file in files {
            guard let text = SourceTree.text(file) else { continue }
            let type = file.split(separator: "/").last.map { String($0.dropLast(6)) } ?? ""
            for rest in text.components(before: "let ").dropFirst() {
                guard let end = rest.firstIndex(where: { !$0.isLetter }) else { continue }
                let name = String(rest[..<end])
                let after = rest[end...].drop { $0 == " " }
                guard after.hasPrefix("="),
                    let value = StatementTests.literal(after.dropFirst().drop { $0.isWhitespace })
                else { continue }
                texts["\(type).\(name)"] = value
                texts["\(file):\(name)"] = value
            }
        }
    }

    /// A text with its constants filled in; nil where something else stands in it.
    func filled(_ text: String, file: String) -> String? {
        var filled = ""
        var rest = text[...]
        while let mark = rest.firstRange(of: "\\(") {
            filled += rest[..<mark.lowerBound]
            guard let end = rest[mark.upperBound...].firstIndex(of: ")") else { return nil }
            let name = String(rest[mark.upperBound..<end])
            guard let value = texts[name] ?? texts["\(file):\(name)"] ?? ownType(name, file),
                let inner = self.filled(value, file: file)
            else { return nil }
            filled += inner
            rest = rest[rest.index(after: end)...]
        }
        return filled + rest
    }

    private func ownType(_ name: String, _ file: String) -> String? {
        name.hasPrefix("Self.") ? texts["\(file):\(name.dropFirst(5))"] : nil
    }
}
