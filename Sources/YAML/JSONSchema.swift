package import Core

/// A language as a JSON Schema (2020-12), for editors.
package enum JSONSchema {
    /// Writes the schema, indented.
    package static func text(of form: ObjectForm, id: String, title: String) -> String {
        var definitions: [JSONValue.Member] = []
        var members = [
            member("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            member("$id", .string(id)),
            member("title", .string(title)),
        ]
        members += objectMembers(form, &definitions)
        members.append(member("$defs", .object(definitions)))
        return JSONValue.object(members).indented + "\n"
    }

    private static func member(_ name: String, _ value: JSONValue) -> JSONValue.Member {
        JSONValue.Member(name: name, value: value)
    }

    private static func objectMembers(
        _ form: ObjectForm,
        _ definitions: inout [JSONValue.Member]
    ) -> [JSONValue.Member] {
        var properties: [JSONValue.Member] = []
        for key in form.keys where key.availability == .now {
            properties.append(member(key.name, property(key, &definitions)))
        }
        var members: [JSONValue.Member] = [
            form.mayBeNothing ? member("type", .array([.string("object"), .string("null")])) : .type("object"),
            member("properties", .object(properties)),
        ]
        let required = form.keys.filter(\.isRequired)
        if !required.isEmpty { members.append(member("required", .array(required.map { .string($0.name) }))) }
        members.append(member("additionalProperties", .boolean(false)))
        return members
    }

    private static func property(_ key: Key, _ definitions: inout [JSONValue.Member]) -> JSONValue {
        guard case .object(var members) = value(key.form, &definitions) else { return .boolean(true) }
        members.append(member("description", .string(key.text)))
        if let standard = key.standard, let value = literal(standard, key.form) {
            members.append(member("default", value))
        }
        return .object(members)
    }

    /// A default as JSON, where it is one; others are words for people.
    private static func literal(_ text: String, _ form: Form) -> JSONValue? {
        if let value = JSONValue(parsing: text) { return value }
        let words = text.utf8.allSatisfy { $0 &- 97 < 26 || $0 &- 48 < 10 || $0 == UInt8(ascii: "_") }
        return words && form.kinds.contains(.scalar) ? .string(text) : nil
    }

    private static func value(_ form: Form, _ definitions: inout [JSONValue.Member]) -> JSONValue {
        switch form {
        case .text(let rule): return .object(rule.schemaOfScalars)
        case .boolean: return .object([.type("boolean")])
        case .anything: return .object([])
        case .list(let element, _):
            return .object([.type("array"), member("items", value(element, &definitions))])
        case .either(let forms):
            return .object([member("anyOf", .array(forms.map { value($0, &definitions) }))])
        case .map(let map):
            let bounds = map.least > 0 ? [JSONValue.Member.number("minProperties", map.least)] : []
            return .object(
                [
                    .type("object"),
                    member("propertyNames", .object(map.keyRule.schema)),
                    member("additionalProperties", value(map.value, &definitions)),
                ] + bounds
            )
        case .object(let object):
            if !definitions.contains(where: { $0.name == object.anchor }) {
                // The place is taken first, for forms that contain themselves.
                definitions.append(member(object.anchor, .null))
                let schema = JSONValue.object(objectMembers(object, &definitions))
                if let index = definitions.firstIndex(where: { $0.name == object.anchor }) {
                    definitions[index].value = schema
                }
            }
            return .object([member("$ref", .string("#/$defs/\(object.anchor)"))])
        }
    }
}

extension TextRule {
    /// The rule as a schema, to which a number or `true` without quotes, a text like any other here, is no string.
    fileprivate var schemaOfScalars: [JSONValue.Member] {
        guard !schema.contains(where: { $0.name == "pattern" }) else { return schema }
        let types = JSONValue.array([.string("string"), .string("number"), .string("boolean")])
        return schema.map { $0 == .type("string") ? JSONValue.Member(name: "type", value: types) : $0 }
    }
}

extension JSONValue {
    /// The document with two spaces for each level.
    package var indented: String {
        var text = ""
        writeIndented(to: &text, level: 0)
        return text
    }

    private func writeIndented(to text: inout String, level: Int) {
        let margin = "\n" + String(repeating: "  ", count: level + 1)
        let end = "\n" + String(repeating: "  ", count: level)
        switch self {
        case .object(let members) where !members.isEmpty:
            text += "{"
            for (index, member) in members.enumerated() {
                text += (index > 0 ? "," : "") + margin + JSONValue.string(member.name).description + ": "
                member.value.writeIndented(to: &text, level: level + 1)
            }
            text += end + "}"
        case .array(let elements) where elements.contains(where: \.isNested):
            text += "["
            for (index, element) in elements.enumerated() {
                text += (index > 0 ? "," : "") + margin
                element.writeIndented(to: &text, level: level + 1)
            }
            text += end + "]"
        default: text += description
        }
    }

    private var isNested: Bool {
        switch self {
        case .object, .array: true
        default: false
        }
    }
}
