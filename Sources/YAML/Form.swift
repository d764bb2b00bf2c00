/// What a value in a file must look like: the language of a file is one tree of these.
///
/// The strict reader, the JSON Schema and the reference are all derived from it, so that none can differ from the others.
package indirect enum Form: Sendable {
    /// A text, quoted or not.
    case text(TextRule)
    /// `true` or `false`.
    case boolean
    /// A mapping whose keys are known.
    case object(ObjectForm)
    /// A mapping whose keys are names of the writer's choice.
    case map(MapForm)
    /// A list.
    case list(of: Form, noun: String)
    /// Whichever of the forms the value's kind fits; at most one each for texts, mappings and lists.
    case either([Form])
    /// Anything; it becomes JSON.
    case anything

    /// Where in the file's kinds of node this form belongs.
    enum Kind {
        case scalar
        case mapping
        case sequence
    }

    /// The kinds of node that it accepts; empty: all.
    var kinds: [Kind] {
        switch self {
        case .text, .boolean: [.scalar]
        case .object, .map: [.mapping]
        case .list: [.sequence]
        case .either(let forms): forms.flatMap(\.kinds)
        case .anything: []
        }
    }

    /// What is expected, for sentences.
    package var expectation: String {
        switch self {
        case .text(let rule): rule.expectation
        case .boolean: "true or false"
        case .object(let form): "a mapping with the keys of \(form.noun)"
        case .map(let form): "a mapping of \(form.keyNoun)s"
        case .list(_, let noun): "a list of \(noun)"
        case .either(let forms): forms.map(\.expectation).joined(separator: ", or ")
        case .anything: "any value"
        }
    }

    /// What it is called in tables.
    package var noun: String {
        switch self {
        case .text(let rule): rule.noun
        case .boolean: "`true` or `false`"
        case .object(let form): "mapping: [\(form.title)](#\(form.anchor))"
        case .map(let form): "mapping of \(form.keyNoun)s to: \(form.value.noun)"
        case .list(_, let noun): "list of \(noun)"
        case .either(let forms): forms.map(\.noun).joined(separator: "; or ")
        case .anything: "any value"
        }
    }
}

/// A mapping whose keys are known.
package struct ObjectForm: Sendable {
    /// The heading in the reference, such as `A task`.
    package var title: String
    /// Its name in sentences, such as `a task`.
    package var noun: String
    package var keys: [Key]
    /// Words that people bring from elsewhere, and what to write instead.
    package var hints: [String: String]
    /// Whether nothing at all stands for an empty mapping.
    package var mayBeNothing: Bool
    /// Sentences for the reference, below the heading.
    package var notes: String

    /// Makes a form.
    package init(
        title: String,
        noun: String,
        keys: [Key],
        hints: [String: String] = [:],
        mayBeNothing: Bool = false,
        notes: String = ""
    ) {
        self.title = title
        self.noun = noun
        self.keys = keys
        self.hints = hints
        self.mayBeNothing = mayBeNothing
        self.notes = notes
    }

    /// The name of its heading in a link, and of its definition in the schema.
    var anchor: String {
        String(title.lowercased().map { $0 == " " ? "-" : $0 })
    }

    /// The description of a key; nil where there is none of that name.
    package func key(_ name: String) -> Key? {
        keys.first { $0.name == name }
    }
}

/// A mapping whose keys are names of the writer's choice.
package struct MapForm: Sendable {
    /// What a key names, such as `task`.
    package var keyNoun: String
    package var keyRule: TextRule
    package var value: Form
    /// The most entries allowed.
    package var limit: Int
    /// The fewest entries allowed.
    package var least: Int

    /// Makes a form.
    package init(keyNoun: String, keyRule: TextRule, value: Form, limit: Int = 10_000, least: Int = 0) {
        self.keyNoun = keyNoun
        self.keyRule = keyRule
        self.value = value
        self.limit = limit
        self.least = least
    }
}

/// A key of a language: everything that reader, schema and reference need to know.
package struct Key: Sendable {
    package var name: String
    package var form: Form
    package var isRequired: Bool
    /// The value where the key is left out, as the file would write it.
    package var standard: String?
    /// What it does, in sentences.
    package var text: String
    /// A value, as the file would write it.
    package var example: String?
    package var availability: Availability

    /// Whether the key can be used.
    package enum Availability: Sendable {
        /// It does what it says.
        case now
        /// The name is kept for a later version, and refused.
        case later
    }

    /// Makes a key that can be used.
    package init(
        _ name: String,
        _ form: Form,
        isRequired: Bool = false,
        standard: String? = nil,
        _ text: String,
        example: String? = nil
    ) {
        self.name = name
        self.form = form
        self.isRequired = isRequired
        self.standard = standard
        self.text = text
        self.example = example
        availability = .now
    }

    /// Makes a key whose name is kept for a later version.
    package static func later(_ name: String, _ text: String) -> Key {
        var key = Key(name, .anything, text)
        key.availability = .later
        return key
    }
}
