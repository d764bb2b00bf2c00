/// A typed value that whoever starts a run may give.
package struct Param: Hashable, Sendable {
    package var name: String
    package var type: ValueType
    package var description: String?
    /// The text used where none is given; nil: one must be given.
    package var defaultText: String?
    /// The only texts allowed; empty: any of the type.
    package var choices: [String]
    /// What the whole text must match.
    package var pattern: Pattern?
    /// The least number allowed.
    package var minimum: Double?
    /// The greatest number allowed.
    package var maximum: Double?

    /// Makes a param that must be given and has no bounds.
    package init(name: String, type: ValueType = .string) {
        self.name = name
        self.type = type
        choices = []
    }

    /// Whether a run cannot start without it.
    package var isRequired: Bool { defaultText == nil }

    /// The variable by which a command sees it.
    package var environmentName: String { Param.environmentName(of: name) }

    /// The variable of a param of that name: capitals, `-` as `_`.
    package static func environmentName(of name: String) -> String {
        "ROTA_PARAM_" + String(decoding: name.utf8.map(Param.environmentByte), as: UTF8.self)
    }

    private static func environmentByte(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "-"): UInt8(ascii: "_")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
        default: byte
        }
    }

    /// The most bytes a value may have, as it becomes a variable.
    package static let largestValue = 64 * 1024

    /// Checks a value given by a person or a program.
    package func validate(_ text: String) throws(ParamError) {
        guard text.utf8.count <= Param.largestValue else {
            throw .tooLong(param: name, bytes: text.utf8.count)
        }
        guard !text.utf8.contains(0) else { throw .hasNUL(param: name) }
        guard type.accepts(text) else { throw .wrongType(param: name, text: text, type: type) }
        guard choices.isEmpty || choices.contains(text) else {
            throw .notAChoice(param: name, text: text, choices: choices)
        }
        if let pattern, !pattern.matchesWhole(text) {
            throw .doesNotMatch(param: name, text: text, pattern: pattern.source)
        }
        guard type == .integer || type == .number, let number = Value.number(from: text) else { return }
        if let minimum, number < minimum { throw .tooSmall(param: name, text: text, minimum: minimum) }
        if let maximum, number > maximum { throw .tooLarge(param: name, text: text, maximum: maximum) }
    }
}

/// Why a value is refused.
package enum ParamError: Error, Hashable, Sendable {
    case wrongType(param: String, text: String, type: ValueType)
    case notAChoice(param: String, text: String, choices: [String])
    case doesNotMatch(param: String, text: String, pattern: String)
    case tooSmall(param: String, text: String, minimum: Double)
    case tooLarge(param: String, text: String, maximum: Double)
    case tooLong(param: String, bytes: Int)
    case hasNUL(param: String)
    case missing(param: String, type: ValueType)
    case unknown(param: String, known: [String])
}

extension ParamError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .wrongType(let param, let text, let type):
            return "param '\(param)' is '\(text.shortened)', but must be \(type.expectation)"
        case .notAChoice(let param, let text, let choices):
            let hint = Spelling.suggestion(for: text, among: choices)
            return "param '\(param)' is '\(text.shortened)'; allowed: \(choices.joined(separator: ", "))" + hint
        case .doesNotMatch(let param, let text, let pattern):
            return "param '\(param)' is '\(text.shortened)', which does not match the pattern \(pattern)"
        case .tooSmall(let param, let text, let minimum):
            return "param '\(param)' is \(text.shortened), but must be at least \(JSONValue.number(of: minimum))"
        case .tooLarge(let param, let text, let maximum):
            return "param '\(param)' is \(text.shortened), but must be at most \(JSONValue.number(of: maximum))"
        case .tooLong(let param, let bytes):
            return "param '\(param)' has \(bytes) bytes; a value may have at most \(Param.largestValue)"
        case .hasNUL(let param):
            return "param '\(param)' contains a NUL byte, which no environment variable can hold"
        case .missing(let param, let type):
            return "param '\(param)' has no default and must be given: \(type.expectation)"
        case .unknown(let param, let known):
            if known.isEmpty { return "there is no param '\(param.shortened)': this DAG has none" }
            let hint = Spelling.suggestion(for: param, among: known)
            return "there is no param '\(param.shortened)'; known: \(known.joined(separator: ", "))" + hint
        }
    }
}

extension DAG {
    /// Checks what was given for a run and fills in the defaults; all complaints at once, in the params' order.
    /// - Returns: The text of each param by name.
    package func resolveParams(_ given: [String: String]) -> Result<[String: String], ParamErrors> {
        var values: [String: String] = [:]
        var errors: [ParamError] = []
        for param in params {
            guard let text = given[param.name] ?? param.defaultText else {
                errors.append(.missing(param: param.name, type: param.type))
                continue
            }
            values[param.name] = text
            do throws(ParamError) { try param.validate(text) } catch { errors.append(error) }
        }
        let known = params.map(\.name)
        for name in given.keys.sorted() where !known.contains(name) {
            errors.append(.unknown(param: name, known: known))
        }
        return errors.isEmpty ? .success(values) : .failure(ParamErrors(errors))
    }
}

extension ParamError {
    /// The name of the param that it is about.
    package var param: String {
        switch self {
        case .wrongType(let param, _, _), .notAChoice(let param, _, _), .doesNotMatch(let param, _, _),
            .tooSmall(let param, _, _), .tooLarge(let param, _, _), .tooLong(let param, _), .hasNUL(let param),
            .missing(let param, _), .unknown(let param, _):
            param
        }
    }
}

/// Everything that is wrong with the params of one run.
package struct ParamErrors: Error, Hashable, Sendable, CustomStringConvertible {
    package var errors: [ParamError]

    init(_ errors: [ParamError]) {
        self.errors = errors
    }

    package var description: String { errors.map(\.description).joined(separator: "\n") }
}
