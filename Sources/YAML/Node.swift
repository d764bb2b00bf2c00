/// A value in a YAML file, with the place where it stands.
package struct Node: Sendable {
    /// Where it begins; for what an alias repeats, where the anchor is.
    package var mark: Mark
    package var content: Content

    /// What a node is.
    package enum Content: Sendable {
        case scalar(Scalar)
        case sequence([Node])
        /// The entries in the file's order; no two keys are alike.
        case mapping([Entry])
    }

    /// A text, never resolved to anything else: `1.10`, `no` and `010` stay as they are.
    package struct Scalar: Hashable, Sendable {
        package var text: String
        package var style: Style

        /// How a text is written.
        package enum Style: Hashable, Sendable {
            case plain
            case singleQuoted
            case doubleQuoted
            /// After `|`.
            case literal
            /// After `>`.
            case folded
        }

        /// Whether the file says nothing here, not even an empty text in quotes.
        package var isNothing: Bool { style == .plain && text.isEmpty }

        /// Whether it is one of the words for nothing, which have no meaning here.
        package var isNull: Bool { style == .plain && ["null", "Null", "NULL", "~"].contains(text) }
    }

    /// A key and its value.
    package struct Entry: Sendable {
        package var key: String
        package var keyMark: Mark
        package var value: Node
    }

    /// The text of a scalar; nil for anything else.
    package var scalar: Scalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// The elements of a sequence; nil for anything else.
    package var elements: [Node]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// The entries of a mapping; nil for anything else.
    package var entries: [Entry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// The value of a key in a mapping; nil where there is none.
    package subscript(key: String) -> Node? {
        entry(key)?.value
    }

    /// The entry of a key in a mapping; nil where there is none.
    package func entry(_ key: String) -> Entry? {
        entries?.first { $0.key == key }
    }

    /// Whether the file says nothing here.
    package var isNothing: Bool { scalar?.isNothing ?? false }

    /// The place so many bytes into the text, as exactly as its style lets it be known.
    ///
    /// Text in a block begins on the next line and was indented, and escapes are longer than what they stand for: there
    /// the beginning must do.
    package func mark(offset: Int) -> Mark {
        guard let scalar, offset <= scalar.text.utf8.count else { return mark }
        let before = String(decoding: scalar.text.utf8.prefix(offset), as: UTF8.self)
        guard !before.contains("\n") else { return mark }
        switch scalar.style {
        case .plain: return Mark(line: mark.line, column: mark.column + before.unicodeScalars.count)
        case .singleQuoted where !before.contains("'"), .doubleQuoted where !before.contains(where: Node.isEscaped):
            return Mark(line: mark.line, column: mark.column + 1 + before.unicodeScalars.count)
        case .singleQuoted, .doubleQuoted, .literal, .folded: return mark
        }
    }

    private static func isEscaped(_ character: Character) -> Bool {
        character == "\"" || character == "\\" || character.unicodeScalars.contains { $0.value < 0x20 }
    }
}
