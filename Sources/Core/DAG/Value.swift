/// A value that has been read by its type; the text that a person or a task gave stays as it was.
enum Value: Hashable, Sendable {
    case string(String)
    case integer(Int, text: String)
    case number(Double, text: String)
    case boolean(Bool)
    case date(CivilDate, text: String)
    case instant(Timestamp, text: String)
    case json(JSONValue, text: String)

    /// Reads a text; nil where it is not a value of the type.
    ///
    /// A time without an offset is one on the zone's clock.
    init?(_ text: String, type: ValueType, zone: TimeZoneRules) {
        switch type {
        case .string:
            self = .string(text)
        case .integer:
            guard let number = Value.integer(from: text) else { return nil }
            self = .integer(number, text: text)
        case .number:
            guard let number = Value.number(from: text) else { return nil }
            self = .number(number, text: text)
        case .boolean:
            guard text == "true" || text == "false" else { return nil }
            self = .boolean(text == "true")
        case .date:
            guard let date = CivilDate(text) else { return nil }
            self = .date(date, text: text)
        case .datetime:
            if let instant = Timestamp(rfc3339: text) {
                self = .instant(instant, text: text)
            } else if let local = LocalTime(text) {
                self = .instant(zone.instant(of: local), text: text)
            } else {
                return nil
            }
        case .json:
            guard let value = JSONValue(parsing: text) else { return nil }
            self = .json(value, text: text)
        }
    }

    /// Reads an item whose type is not known; nil for null.
    init?(item: JSONValue) {
        switch item {
        case .null: return nil
        case .string(let text): self = .string(text)
        case .boolean(let value): self = .boolean(value)
        case .number(let digits): self = Double(digits).map { .number($0, text: digits) } ?? .string(digits)
        case .array, .object: self = .json(item, text: item.description)
        }
    }

    /// The text as it was given, byte for byte.
    var text: String {
        switch self {
        case .string(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .integer(_, let text), .number(_, let text), .date(_, let text), .instant(_, let text), .json(_, let text):
            text
        }
    }

    /// The value as a JSON document.
    var jsonText: String {
        switch self {
        case .string(let text), .date(_, let text), .instant(_, let text): JSONValue.string(text).description
        case .boolean, .json: text
        // `+5`, `007` and `.5` are numbers to people, not to JSON.
        case .integer(let value, _): String(value)
        case .number(let value, let text): JSONValue(parsing: text) == nil ? JSONValue.number(of: value) : text
        }
    }

    /// Reads an optional sign and digits.
    static func integer(from text: String) -> Int? {
        // Int's own parser takes what is wanted: ASCII digits after at most one sign.
        Int(text)
    }

    /// Reads a decimal number; the words and hexadecimal forms that Double would take are refused.
    static func number(from text: String) -> Double? {
        guard text.utf8.allSatisfy({ $0 &- 48 < 10 || "+-.eE".utf8.contains($0) }), let value = Double(text),
            value.isFinite
        else { return nil }
        return value
    }
}
