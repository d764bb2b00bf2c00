/// A text with `{{ … }}` in it, parsed and resolved; values are filled in once and never expanded again.
package struct Template: Hashable, Sendable {
    /// The text as the file writes it.
    package let source: String
    private let segments: [Segment]

    /// A piece of the text.
    enum Segment: Hashable, Sendable {
        case text(String)
        case placeholder(Placeholder)
    }

    /// How values are written into the text.
    package enum Encoding: Hashable, Sendable {
        /// As they are.
        case plain
        /// Percent-encoded but for letters, digits and `-._~`, so that none can change the shape of a URL.
        case percent
    }

    /// Parses a text and resolves its names.
    /// - Throws: The first problem from the left.
    package init(parsing source: String, in scope: ReferenceScope) throws(TemplateProblem) {
        var parser = TemplateParser(source, scope: scope)
        segments = try parser.segments()
        self.source = source
    }

    /// Makes a template of a text that is taken as it is, braces too.
    package init(literal text: String) {
        source = text
        segments = text.isEmpty ? [] : [.text(text)]
    }

    /// The names in it, in order.
    package var references: [Reference] {
        segments.compactMap { segment in
            if case .placeholder(let placeholder) = segment { placeholder.reference } else { nil }
        }
    }

    /// The one name that is the whole text, with the type that comes out of its filters; nil for any other text.
    package var soleReference: (reference: Reference, type: ValueType)? {
        guard segments.count == 1, case .placeholder(let placeholder) = segments[0],
            let reference = placeholder.reference
        else { return nil }
        var type = reference.type
        for filter in placeholder.filters {
            // Every filter was checked when the text was parsed.
            type = (try? filter.output(for: type, name: "")) ?? type
        }
        return (reference, type)
    }

    /// Whether there are names in it.
    package var hasReferences: Bool { !references.isEmpty }

    /// Fills in the values.
    package func render(
        _ context: EvaluationContext,
        encoding: Encoding = .plain
    ) throws(TemplateError) -> String {
        var text = ""
        for segment in segments {
            switch segment {
            case .text(let part): text += part
            case .placeholder(let placeholder):
                let value = try placeholder.render(context)
                text += encoding == .percent ? Template.percentEncode(value) : value
            }
        }
        return text
    }

    private static func percentEncode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte < 0x80, ScalarSet.word.contains(Unicode.Scalar(byte)) || "-.~".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What stands between `{{` and `}}`.
struct Placeholder: Hashable, Sendable {
    /// Nil for a quoted text, which is how braces themselves are written.
    var reference: Reference?
    var literal: String
    var filters: [TemplateFilter]

    func render(_ context: EvaluationContext) throws(TemplateError) -> String {
        guard let reference else { return literal }
        var value = try context.value(of: reference).map { FilteredValue($0) }
        for filter in filters { value = filter.apply(to: value, zone: context.zone) }
        if let value { return value.text }
        // Asked again for the sentence that says what is missing.
        return try context.requiredValue(of: reference).text
    }
}

/// A value on its way through the filters.
struct FilteredValue {
    var value: Value
    /// The clock on which it is shown from now on; nil: the DAG's for its parts, UTC where it is shown whole.
    var zone: TimeZoneRules?

    init(_ value: Value, zone: TimeZoneRules? = nil) {
        self.value = value
        self.zone = zone
    }

    var text: String {
        guard let zone, case .instant(let instant, _) = value else { return value.text }
        return instant.rfc3339(in: zone)
    }
}
