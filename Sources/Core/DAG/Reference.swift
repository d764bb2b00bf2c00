/// A dotted name in a template or an expression, resolved when the file is loaded.
package enum Reference: Hashable, Sendable {
    case dagID
    case runID
    case runType
    case logicalDate
    case dataIntervalStart
    case dataIntervalEnd
    case taskID
    case attempt
    case param(String, type: ValueType)
    /// The item of a mapped task's instance, or a part of it; nil as type: known only when it runs.
    case item(path: [String], type: ValueType?)
    /// Which instance of a mapped task it is, counted from 0.
    case itemIndex
    /// What an ancestor publishes; without a declaration its type is string.
    case output(task: String, name: String, type: ValueType)

    /// The type of what it stands for.
    package var type: ValueType {
        switch self {
        case .dagID, .runID, .runType, .taskID: .string
        case .logicalDate, .dataIntervalStart, .dataIntervalEnd: .datetime
        case .attempt, .itemIndex: .integer
        case .item(_, let type): type ?? .string
        case .param(_, let type), .output(_, _, let type): type
        }
    }

    /// The names that have no further part.
    private static let plain: [String: Reference] = [
        "dag.id": .dagID, "run.id": .runID, "run.type": .runType, "logical_date": .logicalDate,
        "data_interval_start": .dataIntervalStart, "data_interval_end": .dataIntervalEnd,
        "task.id": .taskID, "attempt": .attempt,
    ]

    /// Resolves a name.
    /// - Throws: A problem at offset 0: the name is unknown, or not known there.
    init(_ name: String, in scope: ReferenceScope) throws(TemplateProblem) {
        if let reference = Reference.plain[name] {
            self = reference
            return
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        switch parts[0] {
        case "params" where parts.count == 2:
            self = try Reference.param(named: parts[1], in: scope)
        case "tasks" where parts.count == 4 && parts[2] == "outputs":
            self = try Reference.output(task: parts[1], name: parts[3], in: scope)
        case "item":
            self = try Reference.item(parts, in: scope)
        case "item_index" where parts.count == 1:
            guard scope.item != nil else { throw Reference.noItem(name) }
            self = .itemIndex
        default:
            throw Reference.unknown(name, parts: parts, in: scope)
        }
    }

    private static func item(_ parts: [String], in scope: ReferenceScope) throws(TemplateProblem) -> Reference {
        guard var shape = scope.item else { throw noItem("item") }
        let path = Array(parts.dropFirst())
        guard !path.contains("") else {
            throw TemplateProblem("'\(parts.joined(separator: ".").shortened)' is not a name: a part of it is empty")
        }
        for (depth, field) in path.enumerated() {
            let place = (["item"] + path.prefix(depth)).joined(separator: ".")
            switch shape {
            case .unknown: return .item(path: path, type: nil)
            case .value(.json): return .item(path: path, type: nil)
            case .value(let type):
                throw TemplateProblem("\(place) is \(type.expectation), and has no field '\(field.shortened)'")
            case .fields(let fields):
                guard let inner = fields[field] else {
                    let known = fields.keys.sorted()
                    let hint = Spelling.nearest(to: field, among: known).map { "did you mean '\(place).\($0)'?" }
                    throw TemplateProblem(
                        "\(place) has no field '\(field.shortened)' in every instance; fields: "
                            + known.joined(separator: ", "),
                        hint: hint
                    )
                }
                shape = inner
            }
        }
        switch shape {
        case .unknown: return .item(path: path, type: nil)
        case .value(let type): return .item(path: path, type: type)
        case .fields: return .item(path: path, type: .json)
        }
    }

    private static func noItem(_ name: String) -> TemplateProblem {
        TemplateProblem(
            "'\(name)' has no meaning here: it is known in a mapped task only",
            hint: "a task with for_each has one in its env, http and when"
        )
    }

    private static func param(named name: String, in scope: ReferenceScope) throws(TemplateProblem) -> Reference {
        guard let type = scope.params[name] else {
            guard !scope.params.isEmpty else {
                throw TemplateProblem("unknown param '\(name.shortened)': the file declares no params")
            }
            let hint = Spelling.nearest(to: name, among: scope.params.keys.sorted()).map {
                "did you mean 'params.\($0)'?"
            }
            let known = scope.params.keys.sorted().joined(separator: ", ")
            throw TemplateProblem("unknown param '\(name.shortened)'; declared: \(known)", hint: hint)
        }
        return .param(name, type: type)
    }

    private static func output(
        task: String,
        name: String,
        in scope: ReferenceScope
    ) throws(TemplateProblem) -> Reference {
        guard let user = scope.taskID else {
            throw TemplateProblem(
                "an output cannot be used here, where it would count for every task",
                hint: "write it in the env of the task that uses it"
            )
        }
        guard let declared = scope.outputs(task) else {
            let hint = Spelling.nearest(to: task, among: scope.taskIDs()).map { "did you mean '\($0)'?" }
            throw TemplateProblem("unknown task '\(task.shortened)'", hint: hint)
        }
        guard task != user else { throw TemplateProblem("task '\(task)' cannot use an output of its own") }
        guard scope.isAncestor(task) else {
            throw TemplateProblem(
                "task '\(user)' uses an output of '\(task)', but does not run after it",
                hint: "add '\(task)' to the needs of '\(user)'"
            )
        }
        if scope.isList(task) {
            guard declared.isEmpty || declared.contains(where: { $0.name == name }) else {
                throw unknownOutput(name, of: task, declared)
            }
            return .output(task: task, name: name, type: .json)
        }
        guard !declared.isEmpty else { return .output(task: task, name: name, type: .string) }
        guard let output = declared.first(where: { $0.name == name }) else {
            throw unknownOutput(name, of: task, declared)
        }
        return .output(task: task, name: name, type: output.type)
    }

    private static func unknownOutput(
        _ name: String,
        of task: String,
        _ declared: [OutputDeclaration]
    ) -> TemplateProblem {
        let names = declared.map(\.name)
        let hint = Spelling.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
        return TemplateProblem(
            "task '\(task)' has no output '\(name.shortened)'; declared: \(names.joined(separator: ", "))",
            hint: hint ?? "declare it in the task's outputs"
        )
    }

    private static func unknown(_ name: String, parts: [String], in scope: ReferenceScope) -> TemplateProblem {
        if scope.params[name] != nil {
            return TemplateProblem("unknown name '\(name.shortened)'", hint: "a param is written params.\(name)")
        }
        let hint: String? =
            switch parts[0] {
            case "params": "a param is written params.NAME"
            case "tasks": "an output is written tasks.TASK.outputs.NAME"
            case "ds", "ts", "execution_date": "write logical_date | date, or data_interval_start | date"
            case "var", "env", "secrets", "github", "macros": nil
            default:
                Spelling.nearest(to: name, among: plain.keys.sorted()).map { "did you mean '\($0)'?" }
            }
        let known = plain.keys.sorted().joined(separator: ", ")
        return TemplateProblem(
            "unknown name '\(name.shortened)'; known: \(known), params.NAME, tasks.TASK.outputs.NAME"
                + (scope.item == nil ? "" : ", item, item_index"),
            hint: hint
        )
    }
}

extension Reference: CustomStringConvertible {
    /// The dotted name.
    package var description: String {
        switch self {
        case .dagID: "dag.id"
        case .runID: "run.id"
        case .runType: "run.type"
        case .logicalDate: "logical_date"
        case .dataIntervalStart: "data_interval_start"
        case .dataIntervalEnd: "data_interval_end"
        case .taskID: "task.id"
        case .attempt: "attempt"
        case .item(let path, _): (["item"] + path).joined(separator: ".")
        case .itemIndex: "item_index"
        case .param(let name, _): "params.\(name)"
        case .output(let task, let name, _): "tasks.\(task).outputs.\(name)"
        }
    }
}

/// What names mean at one place of a file.
package struct ReferenceScope {
    /// The declared params.
    package var params: [String: ValueType]
    /// The task whose text is read; nil at the root of the file, where no output can be used.
    package var taskID: String?
    /// The declared outputs of a task, empty where it declares none; nil for a task that does not exist.
    package var outputs: (String) -> [OutputDeclaration]?
    /// What is known of the items where the task is mapped; nil: it is not.
    package var item: ItemShape?
    /// Whether the outputs of the named task are lists here: it is mapped, and this is not `same_as` it.
    package var isList: (String) -> Bool
    /// Whether the named task runs before this one.
    package var isAncestor: (String) -> Bool
    /// All tasks, for suggestions.
    package var taskIDs: () -> [String]
    /// Finds the rules of a zone named in a filter; throws where there is none.
    package var zone: (String) throws -> TimeZoneRules

    /// Makes the scope of the root of a file.
    package init(params: [String: ValueType], zone: @escaping (String) throws -> TimeZoneRules) {
        self.params = params
        outputs = { _ in nil }
        isList = { _ in false }
        isAncestor = { _ in false }
        taskIDs = { [] }
        self.zone = zone
    }
}

/// Why a template or an expression in a file cannot be used.
package struct TemplateProblem: Error, Hashable, Sendable {
    /// Where in the text, in bytes of UTF-8 from its start.
    package var offset: Int
    package var message: String
    /// What to write instead.
    package var hint: String?

    init(_ message: String, hint: String? = nil, at offset: Int = 0) {
        self.offset = offset
        self.message = message
        self.hint = hint
    }

    /// The same problem of a text that begins so many bytes into another.
    func moved(by bytes: Int) -> TemplateProblem {
        TemplateProblem(message, hint: hint, at: offset + bytes)
    }
}
