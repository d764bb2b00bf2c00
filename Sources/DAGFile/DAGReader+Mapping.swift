import Core
import YAML

/// What the tasks of a file say under `for_each`, before their templates are read.
struct MappedTasks {
    /// The values under `for_each`, by task.
    private(set) var nodes: [String: Node] = [:]
    /// The task that a task is `same_as`.
    private(set) var sources: [String: String] = [:]

    init(_ entries: [Node.Entry], defaults: Node?) {
        for entry in entries {
            guard let node = Fields(entry.value, fallback: defaults)["for_each"] else { continue }
            nodes[entry.key] = node
            sources[entry.key] = node["same_as"]?.scalar?.text
        }
    }

    func isMapped(_ task: String) -> Bool { nodes[task] != nil }

    /// Whether a task's outputs are a list to another: it is mapped, and the other is not `same_as` it.
    func isList(_ task: String, to consumer: String) -> Bool {
        isMapped(task) && !chain(from: consumer).dropFirst().contains(task)
    }

    /// What is known of a task's items; nil: it is not mapped.
    func shape(of task: String) -> ItemShape? {
        guard let root = chain(from: task).last, let node = nodes[root] else { return nil }
        if let elements = node.elements { return MappedTasks.shape(of: elements) }
        guard let axes = node.entries, node["same_as"] == nil else { return .unknown }
        var fields: [String: ItemShape] = [:]
        for axis in axes { fields[axis.key] = axis.value.elements.map { MappedTasks.shape(of: $0) } ?? .unknown }
        return .fields(fields)
    }

    /// The task, what it is `same_as`, what that is `same_as`, and so on; a circle is cut.
    private func chain(from task: String) -> [String] {
        var chain = [task]
        while let last = chain.last, let next = sources[last], !chain.contains(next) { chain.append(next) }
        return chain
    }

    private static func shape(of elements: [Node]) -> ItemShape {
        var common: ItemShape?
        for element in elements {
            let shape = shape(of: element)
            common = common.map { join($0, shape) } ?? shape
        }
        return common ?? .unknown
    }

    private static func shape(of node: Node) -> ItemShape {
        if let entries = node.entries {
            return .fields(Dictionary(entries.map { ($0.key, shape(of: $0.value)) }) { first, _ in first })
        }
        guard let scalar = node.scalar else { return .value(.json) }
        guard !scalar.text.contains("{{") else { return .value(.string) }
        switch DAGReader.json(of: node) {
        case .number(let digits): return .value(ValueType.integer.accepts(digits) ? .integer : .number)
        case .boolean: return .value(.boolean)
        case .null: return .unknown
        case .string, .array, .object:
            let type = [ValueType.date, .datetime].first { $0.accepts(scalar.text) }
            return .value(type ?? .string)
        }
    }

    /// What holds for either of two.
    private static func join(_ left: ItemShape, _ right: ItemShape) -> ItemShape {
        switch (left, right) {
        case (.fields(let one), .fields(let other)):
            var fields: [String: ItemShape] = [:]
            for (name, shape) in one { fields[name] = other[name].map { join(shape, $0) } }
            return .fields(fields)
        case (.value(let one), .value(let other)) where one == other: return left
        case (.value(.integer), .value(.number)), (.value(.number), .value(.integer)): return .value(.number)
        case (.value(let one), .value(let other)) where one != .json && other != .json: return .value(.string)
        default: return .unknown
        }
    }
}

extension DAGReader {
    /// Reads which task a task is `same_as`: it needs it, too.
    mutating func readCounterpart(of task: inout TaskDefinition, _ mapped: MappedTasks, names: Set<String>) {
        guard let node = mapped.nodes[task.id]?["same_as"], let source = mapped.sources[task.id] else { return }
        if source == task.id {
            add(Problem(at: node.mark, "task '\(task.id)' cannot be the same as itself"))
        } else if !names.contains(source) {
            let hint = suggestTask(for: source, among: names).map { "did you mean '\($0)'?" }
            add(Problem(at: node.mark, "unknown task '\(source.shortened)' in same_as of '\(task.id)'", hint: hint))
        } else if !mapped.isMapped(source) {
            let hint = "give '\(source)' a for_each, or write a list here"
            add(Problem(at: node.mark, "task '\(source)' has no instances to follow: it has no for_each", hint: hint))
        } else {
            task.mapping = .counterpart(task: source)
            if !task.needs.contains(source) { task.needs.append(source) }
        }
    }

    /// Reads the lists of a mapped task.
    mutating func readMapping(
        _ node: Node,
        scope: ReferenceScope,
        into task: inout TaskDefinition
    ) {
        var scope = scope
        scope.item = nil
        if let axes = node.entries {
            if let other = node.entry("same_as") {
                guard axes.count > 1 else { return }
                let message = "'same_as' cannot stand beside lists: the instances are those of the other task"
                return add(Problem(at: other.keyMark, message))
            }
            guard !axes.isEmpty else {
                return add(Problem(at: node.mark, "'for_each' of task '\(task.id)' has no list"))
            }
            var lists: [Mapping.Axis] = []
            for axis in axes {
                guard let list = readItems(axis.value, name: "'\(axis.key)' in for_each", scope: scope) else {
                    continue
                }
                lists.append(Mapping.Axis(name: axis.key, list: list))
            }
            task.mapping = .product(lists)
            checkSize(lists.map(\.list), node, task.id)
        } else if let list = readItems(node, name: "'for_each'", scope: scope) {
            task.mapping = .list(list)
            checkSize([list], node, task.id)
        }
    }

    private mutating func readItems(_ node: Node, name: String, scope: ReferenceScope) -> ItemList? {
        if let elements = node.elements {
            return .elements(elements.compactMap { readItem($0, scope: scope) })
        }
        guard let text = node.scalar?.text, !text.isEmpty else { return nil }
        do throws(TemplateProblem) {
            let template = try Template(parsing: text, in: scope)
            guard template.hasReferences else {
                let isName = ["params.", "tasks."].contains { text.hasPrefix($0) }
                let hint =
                    isName
                    ? "a value is written in braces: \"{{ \(text.shortened) }}\""
                    : "write [\(text.shortened)], or a template that gives a JSON list"
                add(Problem(at: node.mark, "\(name) must be a list; '\(text.shortened)' is a text", hint: hint))
                return nil
            }
            if let (reference, type) = template.soleReference, type != .json, !isUndeclared(reference, scope) {
                let message = "\(name) must be a JSON list, but \(reference) is of type \(type.rawValue)"
                add(Problem(at: node.mark, message, hint: "declare it as json"))
                return nil
            }
            return .template(template)
        } catch {
            add(error, in: node)
            return nil
        }
    }

    /// Texts may hold templates; what is written as a list or a mapping is taken as it is.
    private mutating func readItem(_ node: Node, scope: ReferenceScope) -> ItemList.Element? {
        guard let text = node.scalar?.text, text.contains("{{") else { return .value(DAGReader.json(of: node)) }
        do throws(TemplateProblem) {
            return .text(try Template(parsing: text, in: scope))
        } catch {
            add(error, in: node)
            return nil
        }
    }

    private func isUndeclared(_ reference: Reference, _ scope: ReferenceScope) -> Bool {
        guard case .output(let task, _, _) = reference else { return false }
        return scope.outputs(task)?.isEmpty ?? true
    }

    private mutating func checkSize(_ lists: [ItemList], _ node: Node, _ task: String) {
        var count = 1
        for case .elements(let elements) in lists { count = min(count * elements.count, 1 << 40) }
        if count > Mapping.mostInstances {
            let message = "task '\(task)' would have \(count) instances; at most \(Mapping.mostInstances)"
            add(Problem(at: node.mark, message))
        }
    }
}
