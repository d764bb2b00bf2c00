import Core

extension JSONValue {
    /// The names of an object's members, in their order.
    var names: [String] {
        guard case .object(let members) = self else { return [] }
        return members.map(\.name)
    }

    /// A text; nil for anything else.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// An integer; nil for anything else.
    var integer: Int? {
        guard case .number(let digits) = self else { return nil }
        return Int(digits)
    }

    /// The elements of an array; none for anything else.
    var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// What a listing lists.
    var items: [JSONValue] { self["items"]?.elements ?? [] }

    /// The tasks of a run, or of a listing of them, by id.
    func task(_ id: String) -> JSONValue? {
        ((self["tasks"] ?? self["items"])?.elements ?? []).first { $0["id"]?.text == id }
    }

    /// A member's text.
    func text(_ name: String) -> String? { self[name]?.text }
}
