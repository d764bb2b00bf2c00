import Core
import YAML

extension DAGReader {
    /// Reads the params and checks them against each other and against themselves.
    mutating func readParams(_ node: Node?, isScheduled: Bool) -> [Param] {
        var params: [Param] = []
        var variables: [String: String] = [:]
        for entry in node?.entries ?? [] {
            let param = readParam(entry)
            if let other = variables.updateValue(param.name, forKey: param.environmentName) {
                add(
                    Problem(
                        at: entry.keyMark,
                        "params '\(other)' and '\(param.name)' would both be the variable \(param.environmentName)",
                        hint: "rename one of them"
                    )
                )
            }
            if isScheduled, param.isRequired {
                add(
                    Problem(
                        at: entry.keyMark,
                        "param '\(param.name)' has no default, so a scheduled run could not start",
                        hint: "add a default, or remove the schedule"
                    )
                )
            }
            params.append(param)
        }
        return params
    }

    private mutating func readParam(_ entry: Node.Entry) -> Param {
        let fields = Fields(entry.value)
        var param = Param(name: entry.key)
        param.type = fields.text("type").flatMap { ValueType(rawValue: $0) } ?? .string
        param.description = fields.text("description")
        param.choices = fields.texts("enum")
        param.minimum = fields.number("minimum")
        param.maximum = fields.number("maximum")
        // A pattern that cannot be parsed was complained about with its place.
        param.pattern = fields.text("pattern").flatMap { try? Pattern($0) }
        checkBounds(of: param, fields)
        for choice in fields.scalars("enum") where !param.type.accepts(choice.text) {
            let text = choice.text.shortened
            add(Problem(at: choice.node.mark, "'\(text)' is not \(param.type.expectation), as the param's type asks"))
        }
        if let node = fields["default"], !node.isNothing { readDefault(node, into: &param) }
        return param
    }

    private mutating func checkBounds(of param: Param, _ fields: Fields) {
        let isNumeric = param.type == .integer || param.type == .number
        for key in ["minimum", "maximum"] where !isNumeric {
            guard let node = fields[key] else { continue }
            add(Problem(at: node.mark, "'\(key)' is for params of type integer and number, not \(param.type.rawValue)"))
        }
        if param.type != .string, let node = fields["pattern"] {
            add(Problem(at: node.mark, "'pattern' is for params of type string, not \(param.type.rawValue)"))
        }
        if let minimum = param.minimum, let maximum = param.maximum, minimum > maximum, let node = fields["maximum"] {
            add(Problem(at: node.mark, "the maximum is below the minimum"))
        }
    }

    private mutating func readDefault(_ node: Node, into param: inout Param) {
        let text: String
        if let scalar = node.scalar {
            text = scalar.text
        } else if param.type == .json {
            text = DAGReader.json(of: node).description
        } else {
            add(Problem(at: node.mark, "the default of a param of type \(param.type.rawValue) must be a text"))
            return
        }
        param.defaultText = text
        do throws(ParamError) { try param.validate(text) } catch {
            add(Problem(at: node.mark, "the default does not fit: \(error)"))
        }
    }

    /// A value written as YAML, as JSON: what looks like JSON's numbers and words is that, everything else a text.
    static func json(of node: Node) -> JSONValue {
        switch node.content {
        case .sequence(let elements): return .array(elements.map { json(of: $0) })
        case .mapping(let entries):
            return .object(entries.map { JSONValue.Member(name: $0.key, value: json(of: $0.value)) })
        case .scalar(let scalar):
            guard scalar.style == .plain else { return .string(scalar.text) }
            if scalar.isNothing || scalar.isNull { return .null }
            switch JSONValue(parsing: scalar.text) {
            case .number(let digits)?: return .number(digits)
            case .boolean(let value)?: return .boolean(value)
            default: return .string(scalar.text)
            }
        }
    }
}
