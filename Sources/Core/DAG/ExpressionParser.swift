/// Reads a condition: `or` binds loosest, then `and`, then `not`, then comparisons.
struct ExpressionParser {
    private static let deepest = 32
    private let tokens: [ExpressionToken]
    private let scope: ReferenceScope
    private var index = 0
    private var depth = 0

    init(_ source: String, scope: ReferenceScope) throws(TemplateProblem) {
        var lexer = ExpressionLexer(source)
        tokens = try lexer.tokens()
        self.scope = scope
    }

    private var current: ExpressionToken { tokens[index] }

    mutating func parse() throws(TemplateProblem) -> Condition {
        guard current.kind != .end else { throw TemplateProblem("the expression is empty") }
        let condition = try disjunction()
        guard current.kind == .end else {
            throw TemplateProblem("expected 'and', 'or' or the end, found '\(current.text)'", at: current.offset)
        }
        return condition
    }

    private mutating func skip(word: String) -> Bool {
        guard current.kind == .word, current.text == word else { return false }
        index += 1
        return true
    }

    private mutating func skip(sign: String) -> Bool {
        guard current.kind == .sign, current.text == sign else { return false }
        index += 1
        return true
    }

    private mutating func disjunction() throws(TemplateProblem) -> Condition {
        var parts = [try conjunction()]
        while skip(word: "or") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func conjunction() throws(TemplateProblem) -> Condition {
        var parts = [try negation()]
        while skip(word: "and") { parts.append(try negation()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func negation() throws(TemplateProblem) -> Condition {
        depth += 1
        defer { depth -= 1 }
        guard depth <= ExpressionParser.deepest else {
            throw TemplateProblem("the expression is nested too deeply", at: current.offset)
        }
        if skip(word: "not") { return .not(try negation()) }
        if skip(sign: "(") {
            let inner = try disjunction()
            guard skip(sign: ")") else { throw TemplateProblem("expected ')'", at: current.offset) }
            return inner
        }
        return try comparison()
    }

    private mutating func comparison() throws(TemplateProblem) -> Condition {
        let start = current
        let left = try operand()
        let sign = current
        if sign.kind == .sign, let comparison = Condition.Comparison(rawValue: sign.text) {
            index += 1
            return try ExpressionTypes.comparison(left, comparison, try operand(), at: sign.offset)
        }
        if skip(word: "in") {
            return try ExpressionTypes.membership(left, try operand(), isNegated: false, at: sign.offset)
        }
        if skip(word: "not") {
            guard skip(word: "in") else { throw TemplateProblem("expected 'in' after 'not'", at: current.offset) }
            return try ExpressionTypes.membership(left, try operand(), isNegated: true, at: sign.offset)
        }
        switch left {
        case .literal("true", type: .boolean): return .constant(true)
        case .literal("false", type: .boolean): return .constant(false)
        case .reference(let reference) where reference.type == .boolean: return .truth(reference)
        case .reference(.item(let path, nil)): return .truth(.item(path: path, type: .boolean))
        case .reference(let reference):
            throw TemplateProblem(
                "\(reference) is of type \(reference.type.rawValue) and must be compared with something",
                hint: "for instance \(reference) == \(ExpressionTypes.example(of: reference.type))",
                at: start.offset
            )
        case .literal, .list: throw TemplateProblem("expected a comparison", at: current.offset)
        }
    }

    private mutating func operand() throws(TemplateProblem) -> Operand {
        let token = current
        index += token.kind == .end ? 0 : 1
        switch token.kind {
        case .quoted: return .literal(token.text, type: .string)
        case .number:
            if ValueType.integer.accepts(token.text) { return .literal(token.text, type: .integer) }
            if ValueType.number.accepts(token.text) { return .literal(token.text, type: .number) }
            throw TemplateProblem(
                "'\(token.text)' is not a number",
                hint: "write \"\(token.text)\" in quotes if it is a text or a date",
                at: token.offset
            )
        case .word where token.text == "true" || token.text == "false": return .literal(token.text, type: .boolean)
        case .word where ["and", "or", "not", "in"].contains(token.text): break
        case .word:
            do throws(TemplateProblem) {
                return .reference(try Reference(token.text, in: scope))
            } catch {
                let isText = !token.text.contains(".") && error.hint == nil
                throw TemplateProblem(
                    error.message,
                    hint: isText ? "a text is written in quotes: \"\(token.text)\"" : error.hint,
                    at: token.offset
                )
            }
        case .sign where token.text == "[": return try list()
        case .sign, .end: break
        }
        let found = token.kind == .end ? "the end" : "'\(token.text)'"
        throw TemplateProblem("expected a name or a value, found \(found)", at: token.offset)
    }

    private mutating func list() throws(TemplateProblem) -> Operand {
        var elements: [Operand] = []
        if skip(sign: "]") { return .list(elements) }
        repeat {
            let token = current
            guard token.kind == .quoted || token.kind == .number || ["true", "false"].contains(token.text) else {
                throw TemplateProblem("a list holds texts in quotes, numbers, true and false only", at: token.offset)
            }
            elements.append(try operand())
        } while skip(sign: ",")
        guard skip(sign: "]") else { throw TemplateProblem("expected ',' or ']'", at: current.offset) }
        return .list(elements)
    }
}
