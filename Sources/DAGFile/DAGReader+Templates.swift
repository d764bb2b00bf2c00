import Core
import YAML

extension DAGReader {
    /// Reads what refers to params and to other tasks.
    mutating func readTemplates(
        into tasks: inout [TaskDefinition],
        _ entries: [Node.Entry],
        defaults: Node?,
        names: Set<String>,
        _ mapped: MappedTasks,
        _ topology: Topology?,
        scope: ReferenceScope
    ) {
        // An output in `defaults` would have to come before every task, itself too: the root's scope refuses it.
        let shared = readEnvironment(defaults?["env"], scope: scope)
        let order = topology.map { AncestorMemory($0) }
        for (position, entry) in entries.enumerated() {
            var scope = scope
            scope.taskID = entry.key
            scope.isList = { mapped.isList($0, to: entry.key) }
            scope.item = mapped.shape(of: entry.key)
            let suggests = problems.count < Limits.suggestions
            scope.taskIDs = { suggests ? names.sorted() : [] }
            // Without a graph there is a worse problem, and no order to ask for.
            scope.isAncestor = { order?.isAncestor($0, of: position) ?? true }
            if let node = mapped.nodes[entry.key] { readMapping(node, scope: scope, into: &tasks[position]) }
            tasks[position].environment = merge(readEnvironment(entry.value["env"], scope: scope), over: shared)
            if let node = entry.value["when"] ?? defaults?["when"], let text = node.scalar?.text, !text.isEmpty {
                do throws(TemplateProblem) {
                    tasks[position].condition = try Expression(parsing: text, in: scope)
                } catch {
                    add(error, in: node)
                }
            }
            if let node = entry.value["http"] ?? defaults?["http"] {
                readRequest(node, scope: scope, into: &tasks[position])
                refuseScriptKeys(of: entry)
            }
            checkUse(of: entry, tasks[position])
        }
    }

    private mutating func readRequest(_ node: Node, scope: ReferenceScope, into task: inout TaskDefinition) {
        let fields = Fields(node)
        guard let url = readTemplate(fields["url"], scope: scope) else { return }
        let method = fields.text("method") ?? "GET"
        let expected = fields.texts("expect").compactMap { Rules.statuses($0) }
        task.action = .http(
            RequestTemplate(
                method: method,
                url: url,
                headers: readEnvironment(fields["headers"], scope: scope).map { .init(name: $0.name, value: $0.value) },
                body: readTemplate(fields["body"], scope: scope),
                expected: expected.isEmpty ? [200...299] : expected,
                isIdempotent: fields.boolean("idempotent") ?? RequestTemplate.idempotentMethods.contains(method)
            )
        )
        // What `defaults` says of scripts and where they run is not said of requests.
        task.environment = []
        task.secrets = []
        task.runner = .any
        task.onUnreachable = .wait
    }

    private mutating func refuseScriptKeys(of entry: Node.Entry) {
        for key in [
            "run", "env", "secrets", "outputs", "shell", "working_dir", "runner", "skip_exit_codes", "on_unreachable",
        ] {
            guard let found = entry.value.entry(key) else { continue }
            let hint = key == "run" ? "make two tasks of it" : "it belongs to a script; remove it"
            add(Problem(at: found.keyMark, "'\(key)' cannot stand beside 'http'", hint: hint))
        }
    }

    private mutating func readTemplate(_ node: Node?, scope: ReferenceScope) -> Template? {
        guard let node, let text = node.scalar?.text else { return nil }
        do throws(TemplateProblem) {
            return try Template(parsing: text, in: scope)
        } catch {
            add(error, in: node)
            return nil
        }
    }

    private func merge(
        _ own: [EnvironmentTemplate],
        over shared: [EnvironmentTemplate]
    ) -> [EnvironmentTemplate] {
        guard !shared.isEmpty else { return own }
        let names = Set(own.map(\.name))
        return shared.filter { !names.contains($0.name) } + own
    }

    /// Says which keys of a task have nothing to work on.
    private mutating func checkUse(of entry: Node.Entry, _ task: TaskDefinition) {
        if task.action == .join {
            for key in [
                "outputs", "env", "secrets", "shell", "working_dir", "retries", "timeout", "skip_exit_codes",
                "on_unreachable", "resources",
            ] {
                guard let found = entry.value.entry(key) else { continue }
                let message = "'\(key)' has no effect in task '\(task.id)', which has no 'run'"
                add(Problem(at: found.keyMark, message, severity: .warning))
            }
        }
        if task.mapping == nil, entry.value["for_each"] == nil, let found = entry.value.entry("max_parallel") {
            let message = "'max_parallel' has no effect in task '\(task.id)', which has no 'for_each'"
            add(Problem(at: found.keyMark, message, severity: .warning))
        }
        if task.needs.isEmpty, task.triggerRule != .allSuccess, task.triggerRule != .always,
            let found = entry.value.entry("trigger_rule")
        {
            let message = "'trigger_rule' has nothing to judge in task '\(task.id)', which has no 'needs'"
            add(Problem(at: found.keyMark, message, severity: .warning))
        }
    }
}

/// Answers which tasks come before which, and keeps what it worked out: many tasks tend to ask for the same few.
private final class AncestorMemory {
    private static let most = 64
    private let topology: Topology
    private var descendants: [Int: [Bool]] = [:]

    init(_ topology: Topology) {
        self.topology = topology
    }

    func isAncestor(_ name: String, of task: Int) -> Bool {
        guard let ancestor = topology.position(of: name) else { return false }
        if let known = descendants[ancestor] { return known[task] }
        guard descendants.count < AncestorMemory.most else { return topology.isAncestor(ancestor, of: task) }
        let found = topology.isDescendant(of: ancestor)
        descendants[ancestor] = found
        return found[task]
    }
}
