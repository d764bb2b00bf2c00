import Core
import YAML

/// Finds templates in a script, where they would reach the shell as they are.
enum ScriptCheck {
    /// What our placeholders begin with; `{{.Names}}` and the like belong to other tools and pass.
    private static let names: [(name: String, needsMore: Bool)] = [
        ("params.", true), ("tasks.", true), ("dag.id", false), ("run.id", false), ("run.type", false),
        ("logical_date", false), ("data_interval_start", false), ("data_interval_end", false), ("task.id", false),
        ("attempt", false), ("item", false), ("item_index", false), ("ds", false),
    ]

    /// The first template in a script; nil where there is none.
    static func problem(in node: Node, source: SourceText) -> Problem? {
        guard let scalar = node.scalar, scalar.text.utf8.contains(UInt8(ascii: "{")) else { return nil }
        let bytes = Array(scalar.text.utf8)
        for index in bytes.indices.dropLast() where bytes[index] == 123 && bytes[index + 1] == 123 {
            let mark = { ScriptCheck.mark(of: $0, in: node, bytes: bytes, source: source) }
            if let name = name(in: bytes, after: index + 2) {
                let message =
                    "'{{ \(name.shortened) … }}' in a script reaches the shell as it is: 'run' has no templates"
                return Problem(at: mark(index), message, hint: hint(for: name))
            }
            // A script may well write a file that has these in it.
            if index > 0, bytes[index - 1] == UInt8(ascii: "$") {
                let message = "'${{' means nothing to a shell"
                let hint = "values reach a script as environment variables, by 'env'"
                return Problem(at: mark(index - 1), message, hint: hint, severity: .warning)
            }
        }
        return nil
    }

    private static func hint(for name: String) -> String {
        let variable = variable(for: name)
        let line = "add env: {\(variable): \"{{ \(name) }}\"} to the task, and write \"$\(variable)\" in the script"
        guard name.hasPrefix("params."), let last = name.split(separator: ".").last else { return line }
        return line + "; or \"$\(Param.environmentName(of: String(last)))\", which every command has"
    }

    private static func name(in bytes: [UInt8], after start: Int) -> String? {
        var position = start
        while position < bytes.count, bytes[position] == 32 { position += 1 }
        let word = bytes[position...].prefix { byte in
            byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || [95, 45, 46].contains(byte)
        }
        let text = String(decoding: word, as: UTF8.self)
        let isOurs = names.contains { known in
            known.needsMore
                ? text.hasPrefix(known.name) : text == known.name || known.name == "item" && text.hasPrefix("item.")
        }
        return isOurs ? text : nil
    }

    private static func variable(for name: String) -> String {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        return String(last.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// In a block the lines of the text are those of the file, moved by their indentation.
    private static func mark(of index: Int, in node: Node, bytes: [UInt8], source: SourceText) -> Mark {
        guard node.scalar?.style == .literal else { return node.mark(offset: index) }
        let line = node.mark.line + 1 + bytes[..<index].count { $0 == 10 }
        let start = (bytes[..<index].lastIndex(of: 10) ?? -1) + 1
        let end = bytes[index...].firstIndex(of: 10) ?? bytes.count
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        guard let found = source.line(line), found.hasSuffix(text) else { return node.mark }
        let before = found.unicodeScalars.count - text.unicodeScalars.count
        let column = before + String(decoding: bytes[start..<index], as: UTF8.self).unicodeScalars.count + 1
        return Mark(line: line, column: column)
    }
}
