/// Decides whether two operands can be compared, and reads literals as the type beside them.
enum ExpressionTypes {
    /// Makes a comparison.
    static func comparison(
        _ left: Operand,
        _ comparison: Condition.Comparison,
        _ right: Operand,
        at offset: Int
    ) throws(TemplateProblem) -> Condition {
        let (left, right) = (adapt(left, to: right.type), adapt(right, to: left.type))
        guard let leftType = left.type, let rightType = right.type else {
            throw TemplateProblem("a list cannot be compared", hint: "write in to look for a value in it", at: offset)
        }
        if leftType == .json || rightType == .json {
            throw TemplateProblem(
                "JSON cannot be compared",
                hint: "look for a value in a JSON list with in",
                at: offset
            )
        }
        let (first, second) = try unify(left, leftType, right, rightType, at: offset)
        let type = first.type ?? .string
        if comparison.needsOrder, !type.isOrdered {
            throw TemplateProblem("\(type.rawValue) values know == and != only", at: offset)
        }
        if comparison.needsOrder, type == .string, let undeclared = undeclaredOutput(left) ?? undeclaredOutput(right) {
            throw TemplateProblem(
                "\(undeclared) has no declared type and would be compared letter by letter",
                hint: "declare it in the task's outputs, for instance as integer",
                at: offset
            )
        }
        return .comparison(first, comparison, second)
    }

    /// Makes a search in a list.
    static func membership(
        _ left: Operand,
        _ right: Operand,
        isNegated: Bool,
        at offset: Int
    ) throws(TemplateProblem) -> Condition {
        var left = left
        var right = right
        if case .list(let elements) = right { left = adapt(left, to: elements.first?.type) }
        if case .reference(.item(let path, nil)) = right { right = .reference(.item(path: path, type: .json)) }
        guard let type = left.type else { throw TemplateProblem("a list cannot be in a list", at: offset) }
        switch right {
        case .list(let elements):
            var checked: [Operand] = []
            for element in elements {
                checked.append(try unify(left, type, element, element.type ?? .string, at: offset).1)
            }
            return .membership(left, .list(checked), isNegated: isNegated)
        case .reference(let reference) where reference.type == .json:
            return .membership(left, right, isNegated: isNegated)
        case .reference, .literal:
            throw TemplateProblem(
                "what follows 'in' must be a list, such as [\"a\", \"b\"], or a name of type json",
                at: offset
            )
        }
    }

    /// A value of the type as an expression writes it.
    static func example(of type: ValueType) -> String {
        switch type {
        case .string: "\"text\""
        case .integer: "42"
        case .number: "0.5"
        case .boolean: "true"
        case .date: "\"2026-01-31\""
        case .datetime: "\"2026-01-31T06:00:00Z\""
        case .json: "\"text\""
        }
    }

    /// An item whose type is not known is read as the type of what it is compared with.
    private static func adapt(_ operand: Operand, to type: ValueType?) -> Operand {
        guard case .reference(.item(let path, nil)) = operand, let type else { return operand }
        return .reference(.item(path: path, type: type == .integer ? .number : type))
    }

    private static func unify(
        _ left: Operand,
        _ leftType: ValueType,
        _ right: Operand,
        _ rightType: ValueType,
        at offset: Int
    ) throws(TemplateProblem) -> (Operand, Operand) {
        if leftType == rightType || isNumeric(leftType) && isNumeric(rightType) { return (left, right) }
        if let literal = read(right, as: leftType) { return (left, literal) }
        if let literal = read(left, as: rightType) { return (literal, right) }
        var hint: String?
        if case .literal(let text, _) = right, leftType == .string {
            hint = "write \"\(text)\" in quotes"
            if let undeclared = undeclaredOutput(left) {
                hint = "declare the type of \(undeclared) in the task's outputs, or write \"\(text)\" in quotes"
            }
        } else if case .literal(let text, _) = right {
            throw TemplateProblem("'\(text.shortened)' is not \(leftType.expectation)", at: offset)
        }
        throw TemplateProblem(
            "\(name(left)) is of type \(leftType.rawValue) and cannot be compared with \(name(right)), "
                + "which is of type \(rightType.rawValue)",
            hint: hint,
            at: offset
        )
    }

    /// Dates and times are written as texts; every other literal has its own form.
    private static func read(_ operand: Operand, as type: ValueType) -> Operand? {
        guard type == .date || type == .datetime, case .literal(let text, .string) = operand, type.accepts(text)
        else { return nil }
        return .literal(text, type: type)
    }

    private static func isNumeric(_ type: ValueType) -> Bool { type == .integer || type == .number }

    private static func undeclaredOutput(_ operand: Operand) -> Reference? {
        guard case .reference(let reference) = operand, case .output(_, _, .string) = reference else { return nil }
        return reference
    }

    private static func name(_ operand: Operand) -> String {
        switch operand {
        case .reference(let reference): reference.description
        case .literal(let text, _): "'\(text.shortened)'"
        case .list: "a list"
        }
    }
}
