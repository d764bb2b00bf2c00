/// The type that a file declares for a param or an output: what its text must look like and how it is compared.
package enum ValueType: String, Hashable, Sendable, CaseIterable {
    /// Any text.
    case string
    /// A whole number of 64 bits, such as `-3`.
    case integer
    /// A decimal number, such as `0.5` or `1e9`.
    case number
    /// `true` or `false`.
    case boolean
    /// A day, such as `2026-01-31`.
    case date
    /// An instant, such as `2026-01-31T06:00:00Z`; without an offset, one on the DAG's clock.
    case datetime
    /// A JSON document.
    case json

    /// Says whether a text is a value of this type.
    package func accepts(_ text: String) -> Bool {
        switch self {
        case .string: true
        case .integer: Value.integer(from: text) != nil
        case .number: Value.number(from: text) != nil
        case .boolean: text == "true" || text == "false"
        case .date: CivilDate(text) != nil
        case .datetime: Timestamp(rfc3339: text) != nil || LocalTime(text) != nil
        case .json: JSONValue(parsing: text) != nil
        }
    }

    /// What a text of this type looks like, for sentences: "a whole number, such as 42".
    package var expectation: String {
        switch self {
        case .string: "a text"
        case .integer: "a whole number, such as 42"
        case .number: "a number, such as 0.5"
        case .boolean: "true or false"
        case .date: "a date, such as 2026-01-31"
        case .datetime: "a time, such as 2026-01-31T06:00:00Z or 2026-01-31T06:00 (on the DAG's clock)"
        case .json: "a JSON document"
        }
    }

    /// Whether values of this type can be told smaller from larger.
    var isOrdered: Bool {
        switch self {
        case .boolean, .json: false
        case .string, .integer, .number, .date, .datetime: true
        }
    }
}
