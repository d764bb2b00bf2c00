import Core

/// Params as people read and write them.
enum ParamTexts {
    /// The params of a stored document in their order, each with its value as text.
    static func pairs(_ document: String) -> [PairView] {
        guard case .object(let members) = JSONValue(parsing: document) else { return [] }
        return members.map { member in
            if case .string(let text) = member.value { return PairView(name: member.name, value: text) }
            return PairView(name: member.name, value: member.value.description)
        }
    }

    /// The same by their names.
    static func values(_ document: String) -> [String: String] {
        Dictionary(pairs(document).map { ($0.name, $0.value) }) { _, last in last }
    }
}
