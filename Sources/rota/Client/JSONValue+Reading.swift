import Core

extension JSONValue {
    /// The text of a member; nil where it is missing, null or no text.
    func text(_ name: String) -> String? {
        if case .string(let text) = self[name] { return text }
        return nil
    }

    /// The whole number of a member; nil where it is missing, null or none.
    func integer(_ name: String) -> Int? {
        if case .number(let digits) = self[name] { return Int(digits) }
        return nil
    }

    /// Whether a member is true.
    func flag(_ name: String) -> Bool { self[name] == .boolean(true) }

    /// The elements of a member that is a list; none where it is missing or no list.
    func list(_ name: String) -> [JSONValue] {
        if case .array(let elements) = self[name] { return elements }
        return []
    }

    /// The instant of a member; nil where it is missing, null or none.
    func instant(_ name: String) -> Timestamp? { text(name).flatMap { Timestamp(rfc3339: $0) } }

    /// Makes an object of those members that have a value.
    static func object(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { name, value in value.map { Member(name: name, value: $0) } })
    }
}
