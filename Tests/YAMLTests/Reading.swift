import Core
import YAML

/// Reads a text as a file.
func read(_ text: String) -> Document { Document(parsing: Array(text.utf8), path: "x.yaml") }

extension Document {
    /// The problems, a line each, without the file's name.
    var complaints: [String] {
        problems.map { "\($0.mark.line):\($0.mark.column) \($0.message)" + ($0.hint.map { " [\($0)]" } ?? "") }
    }
}

extension Node {
    /// The node in one line: texts in quotes unless plain, mappings in braces.
    var shown: String {
        switch content {
        case .scalar(let scalar): scalar.style == .plain ? scalar.text : "\"\(scalar.text)\""
        case .sequence(let elements): "[" + elements.map(\.shown).joined(separator: ", ") + "]"
        case .mapping(let entries): "{" + entries.map { "\($0.key): \($0.value.shown)" }.joined(separator: ", ") + "}"
        }
    }
}
