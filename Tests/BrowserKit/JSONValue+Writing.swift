package import Core

// What is sent to the browser is written as literals.

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }

    package init(integerLiteral value: Int) { self = .number(String(value)) }

    package init(booleanLiteral value: Bool) { self = .boolean(value) }

    package init(floatLiteral value: Double) { self = .number(String(value)) }

    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }
}

extension JSONValue {
    /// A whole number.
    package init(_ number: Int) { self = .number(String(number)) }

    /// A text; nil for anything else.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A number; nil for anything else.
    package var double: Double? {
        guard case .number(let digits) = self else { return nil }
        return Double(digits)
    }

    /// A whole number, without what stands behind the point; nil for anything else.
    package var int: Int? { double.map { Int($0) } }

    /// Whether it is true.
    package var isTrue: Bool { self == .boolean(true) }

    /// The elements of an array; none for anything else.
    package var list: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The texts in an array.
    package var texts: [String] { list.compactMap(\.text) }
}
