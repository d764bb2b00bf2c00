import Core

/// The part of JSON Schema 2020-12 that our description uses; a keyword it does not know fails the test.
struct SchemaValidator {
    let document: JSONValue

    private static let known: Set<String> = [
        "$ref", "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "pattern",
        "minimum", "maximum", "minLength", "maxLength", "description", "format", "default", "contentEncoding",
    ]

    /// Everything in which a value is not as a schema says.
    func problems(_ value: JSONValue, _ schema: JSONValue, at place: String) -> [String] {
        var found: [String] = []
        for (keyword, rule) in schema.members {
            guard Self.known.contains(keyword) else {
                found.append("the keyword \(keyword) is not known")
                continue
            }
            found += problems(value, keyword, rule, schema, place)
        }
        return found
    }

    private func problems(
        _ value: JSONValue,
        _ keyword: String,
        _ rule: JSONValue,
        _ schema: JSONValue,
        _ place: String
    ) -> [String] {
        switch keyword {
        case "$ref":
            guard let target = resolve(rule.text ?? "") else { return ["\(place): \(rule) leads nowhere"] }
            return problems(value, target, at: place)
        case "anyOf":
            let tries = rule.elements.map { problems(value, $0, at: place) }
            return tries.contains { $0.isEmpty } ? [] : tries.min { $0.count < $1.count } ?? []
        case "type": return check(isOfType(value, rule), "\(place) is \(value), not \(rule)")
        case "enum": return check(rule.elements.contains(value), "\(place) is \(value), not one of \(rule)")
        case "const": return check(rule == value, "\(place) is \(value), not \(rule)")
        case "required":
            return rule.elements.compactMap(\.text).filter { value[$0] == nil }.map { "\(place) lacks \($0)" }
        case "properties":
            return rule.members.flatMap { name, schema in
                value[name].map { problems($0, schema, at: "\(place).\(name)") } ?? []
            }
        case "additionalProperties":
            let allowed = Set(schema["properties"]?.members.map(\.0) ?? [])
            let others = value.members.filter { !allowed.contains($0.0) }
            if rule == .boolean(false) { return others.map { "\(place) has \($0.0)" } }
            return others.flatMap { problems($0.1, rule, at: "\(place).\($0.0)") }
        case "items":
            return value.elements.enumerated().flatMap { problems($1, rule, at: "\(place)[\($0)]") }
        case "pattern":
            guard let text = value.text, let regex = try? Regex(rule.text ?? "") else { return [] }
            return check(text.contains(regex), "\(place) is \(value), which does not match \(rule)")
        case "minimum":
            return check(number(value).map { $0 >= number(rule) ?? 0 } ?? true, "\(place) is \(value), below \(rule)")
        default: return []
        }
    }

    private func check(_ isRight: Bool, _ sentence: String) -> [String] { isRight ? [] : [sentence] }

    private func number(_ value: JSONValue) -> Double? {
        if case .number(let digits) = value { return Double(digits) }
        return nil
    }

    private func isOfType(_ value: JSONValue, _ rule: JSONValue) -> Bool {
        let types = rule.text.map { [$0] } ?? rule.elements.compactMap(\.text)
        return types.contains { type in
            switch (type, value) {
            case ("null", .null), ("boolean", .boolean), ("string", .string), ("array", .array), ("object", .object),
                ("number", .number):
                true
            case ("integer", .number(let digits)): Int(digits) != nil
            default: false
            }
        }
    }

    private func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(document as JSONValue?) { $0?[String($1)] }
    }
}
