import Core

/// What went wrong, for programs: `{"error":{"kind","field","message"}}`.
struct ErrorDocument: Hashable, Sendable {
    var kind: String
    var field: String?
    var message: String
    /// What is wrong with a file, where it is about one.
    var problems: [JSONValue] = []

    /// The document; problems only where there are any.
    var json: JSONValue {
        var members = [
            JSONValue.Member(name: "kind", value: .string(kind)),
            JSONValue.Member(name: "field", value: field.map { .string($0) } ?? .null),
            JSONValue.Member(name: "message", value: .string(message)),
        ]
        if !problems.isEmpty { members.append(JSONValue.Member(name: "problems", value: .array(problems))) }
        return .object(["error": .object(members)])
    }
}
