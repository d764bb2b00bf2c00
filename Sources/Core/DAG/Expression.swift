/// The condition of a task's `when`, parsed, resolved and checked for its types.
package struct Expression: Hashable, Sendable {
    /// The text as the file writes it.
    package let source: String
    private let condition: Condition

    /// Parses a text, resolves its names and checks that what is compared can be compared.
    /// - Throws: The first problem from the left.
    package init(parsing source: String, in scope: ReferenceScope) throws(TemplateProblem) {
        var parser = try ExpressionParser(source, scope: scope)
        condition = try parser.parse()
        self.source = source
    }

    /// The names in it, in order.
    package var references: [Reference] { condition.references }

    /// Judges the condition; what `and` and `or` need not look at may be missing.
    package func evaluate(_ context: EvaluationContext) throws(TemplateError) -> Bool {
        try condition.evaluate(context)
    }
}

/// A node of an expression that is true or false.
indirect enum Condition: Hashable, Sendable {
    case constant(Bool)
    case truth(Reference)
    case comparison(Operand, Comparison, Operand)
    case membership(Operand, Operand, isNegated: Bool)
    case not(Condition)
    case and([Condition])
    case or([Condition])

    /// How two values are compared.
    enum Comparison: String, Hashable, Sendable {
        case equal = "=="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="

        var needsOrder: Bool { self != .equal && self != .unequal }
    }

    var references: [Reference] {
        switch self {
        case .constant: []
        case .truth(let reference): [reference]
        case .comparison(let left, _, let right), .membership(let left, let right, _):
            left.references + right.references
        case .not(let inner): inner.references
        case .and(let parts), .or(let parts): parts.flatMap(\.references)
        }
    }

    func evaluate(_ context: EvaluationContext) throws(TemplateError) -> Bool {
        switch self {
        case .constant(let value): return value
        case .truth(let reference): return try context.requiredValue(of: reference) == .boolean(true)
        case .comparison(let left, let comparison, let right):
            return try left.value(context).isRelated(to: right.value(context), by: comparison)
        case .membership(let left, let right, let isNegated):
            return try right.contains(left.value(context), context) != isNegated
        case .not(let inner): return try !inner.evaluate(context)
        case .and(let parts):
            for part in parts where try !part.evaluate(context) { return false }
            return true
        case .or(let parts):
            for part in parts where try part.evaluate(context) { return true }
            return false
        }
    }
}

/// A side of a comparison.
enum Operand: Hashable, Sendable {
    case reference(Reference)
    case literal(String, type: ValueType)
    case list([Operand])

    var references: [Reference] {
        switch self {
        case .reference(let reference): [reference]
        case .literal: []
        case .list(let elements): elements.flatMap(\.references)
        }
    }

    /// The type; nil for a list.
    var type: ValueType? {
        switch self {
        case .reference(let reference): reference.type
        case .literal(_, let type): type
        case .list: nil
        }
    }

    func value(_ context: EvaluationContext) throws(TemplateError) -> Value {
        switch self {
        case .reference(let reference): return try context.requiredValue(of: reference)
        case .literal(let text, let type): return Value(text, type: type, zone: context.zone) ?? .string(text)
        case .list: return .json(.array([]), text: "[]")
        }
    }

    /// Says whether a list, or a JSON list, holds a value.
    func contains(_ value: Value, _ context: EvaluationContext) throws(TemplateError) -> Bool {
        if case .list(let elements) = self {
            for element in elements where try value.isRelated(to: element.value(context), by: .equal) { return true }
            return false
        }
        guard case .json(.array(let elements), _) = try self.value(context) else {
            throw .notAList(task: context.taskID, name: references.first?.description ?? "the list")
        }
        return elements.contains { value.equals($0) }
    }
}

extension Value {
    /// Compares with a value that is of the same type, or a number beside a number.
    func isRelated(to other: Value, by comparison: Condition.Comparison) -> Bool {
        switch (self, other) {
        case (.integer(let left, _), .integer(let right, _)): Value.compare(left, right, comparison)
        case (.date(let left, _), .date(let right, _)): Value.compare(left, right, comparison)
        case (.instant(let left, _), .instant(let right, _)): Value.compare(left, right, comparison)
        case (.string(let left), .string(let right)):
            // Byte for byte: what looks alike but is spelt otherwise is another value to a command as well.
            Value.compare(Array(left.utf8), Array(right.utf8), comparison)
        case (.boolean(let left), .boolean(let right)): (left == right) == (comparison == .equal)
        default:
            if let left = number, let right = other.number {
                Value.compare(left, right, comparison)
            } else {
                comparison == .unequal
            }
        }
    }

    private var number: Double? {
        switch self {
        case .integer(let value, _): Double(value)
        case .number(let value, _): value
        default: nil
        }
    }

    private static func compare<T: Comparable>(_ left: T, _ right: T, _ comparison: Condition.Comparison) -> Bool {
        switch comparison {
        case .equal: left == right
        case .unequal: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }

    private static func compare(_ left: [UInt8], _ right: [UInt8], _ comparison: Condition.Comparison) -> Bool {
        switch comparison {
        case .equal: left == right
        case .unequal: left != right
        case .less: left.lexicographicallyPrecedes(right)
        case .lessOrEqual: !right.lexicographicallyPrecedes(left)
        case .greater: right.lexicographicallyPrecedes(left)
        case .greaterOrEqual: !left.lexicographicallyPrecedes(right)
        }
    }

    /// Says whether a member of a JSON list is this value.
    fileprivate func equals(_ element: JSONValue) -> Bool {
        switch (self, element) {
        case (.boolean(let value), .boolean(let other)): value == other
        case (_, .number(let digits)): number.map { $0 == Double(digits) } ?? false
        case (.json(let value, _), _): value == element
        case (_, .string(let other)): number == nil && text.utf8.elementsEqual(other.utf8)
        default: false
        }
    }
}
