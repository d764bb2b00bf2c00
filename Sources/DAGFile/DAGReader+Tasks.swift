import Core
import YAML

extension DAGReader {
    /// Reads the tasks: their names and edges first, so that templates can be checked against them.
    mutating func readTasks(_ node: Node?, defaults: Node?, scope: ReferenceScope) -> [TaskDefinition] {
        let entries = node?.entries ?? []
        guard entries.count <= Limits.tasks else { return [] }
        let names = Set(entries.map(\.key))
        let mapped = MappedTasks(entries, defaults: defaults)
        var tasks: [TaskDefinition] = []
        var outputs: [String: [OutputDeclaration]] = [:]
        tasks.reserveCapacity(entries.count)
        for entry in entries {
            let fields = Fields(entry.value, fallback: defaults)
            var task = TaskDefinition(id: entry.key)
            task.needs = readNeeds(fields["needs"], of: entry.key, names: names)
            readCounterpart(of: &task, mapped, names: names)
            task.outputs = readOutputs(fields["outputs"])
            outputs[task.id] = task.outputs
            readProperties(fields, into: &task)
            tasks.append(task)
        }
        let topology = readTopology(tasks, entries: entries)
        var scope = scope
        scope.outputs = { outputs[$0] }
        readTemplates(into: &tasks, entries, defaults: defaults, names: names, mapped, topology, scope: scope)
        noteTimeouts(tasks, at: node)
        return tasks
    }

    private mutating func readNeeds(_ node: Node?, of task: String, names: Set<String>) -> [String] {
        var needs: [String] = []
        let scalars = Fields.scalars(node)
        if scalars.count > Limits.needs, let node {
            add(Problem(at: node.mark, "task '\(task)' needs \(scalars.count) tasks; at most \(Limits.needs)"))
            return []
        }
        var known: Set<String> = []
        for (element, name) in scalars {
            if !known.insert(name).inserted {
                add(Problem(at: element.mark, "'\(name.shortened)' is repeated in needs of '\(task)'"))
            } else if name == task {
                add(Problem(at: element.mark, "task '\(task)' needs itself"))
            } else if names.contains(name) {
                needs.append(name)
            } else {
                let hint = suggestTask(for: name, among: names).map { "did you mean '\($0)'?" }
                add(Problem(at: element.mark, "unknown task '\(name.shortened)' in needs of '\(task)'", hint: hint))
            }
        }
        return needs
    }

    private func readOutputs(_ node: Node?) -> [OutputDeclaration] {
        (node?.entries ?? []).map { entry in
            let type = entry.value.scalar.flatMap { ValueType(rawValue: $0.text) } ?? .string
            return OutputDeclaration(name: entry.key, type: type)
        }
    }

    private mutating func readTopology(_ tasks: [TaskDefinition], entries: [Node.Entry]) -> Topology? {
        do throws(TopologyError) {
            return try Topology(tasks)
        } catch {
            guard case .cycle(let path) = error, let entry = entries.first(where: { $0.key == path.first }) else {
                // Names that are repeated or unknown were complained about with their places.
                return nil
            }
            let mark = entry.value["needs"]?.mark ?? entry.keyMark
            add(Problem(at: mark, "\(error)", hint: "remove one of these needs"))
            return nil
        }
    }

    private mutating func readProperties(_ fields: Fields, into task: inout TaskDefinition) {
        if let node = fields["run"], let script = node.scalar {
            task.action = .run(script: script.text)
            if let problem = ScriptCheck.problem(in: node, source: source) { add(problem) }
        }
        task.maximumParallel = fields.integer("max_parallel")
        task.triggerRule = fields.text("trigger_rule").flatMap { TriggerRule(rawValue: $0) } ?? .allSuccess
        task.timeout = fields.duration("timeout")
        task.retries = readRetries(fields["retries"])
        if fields["skip_exit_codes"] != nil {
            task.skipExitCodes = fields.texts("skip_exit_codes").compactMap { Int32($0) }
        }
        task.allowsFailure = fields.boolean("allow_failure") ?? false
        task.pool = fields.text("pool")
        task.slots = fields.integer("slots") ?? 1
        task.priority = fields.integer("priority") ?? 0
        if fields.integer("priority") == nil { task.priorityClass = fields.text("priority") }
        task.onUnreachable = readUnreachable(fields["on_unreachable"])
        task.workingDirectory = fields.text("working_dir")
        task.shell = fields.texts("shell")
        task.secrets = (fields["secrets"]?.entries ?? []).compactMap { entry in
            entry.value.scalar.map { SecretVariable(name: entry.key, secret: $0.text) }
        }
        task.resources = readResources(fields["resources"])
        if let name = fields.text("runner") {
            task.runner = .named(name)
        } else if let labels = fields["runner"]?["labels"] {
            task.runner = .labelled(Fields.scalars(labels).map(\.text))
        }
    }

    private mutating func readUnreachable(_ node: Node?) -> UnreachablePolicy {
        guard let node, node.entries != nil else { return .wait }
        let fields = Fields(node)
        switch (fields.duration("retry_after"), fields.duration("fail_after")) {
        case (let span?, nil): return .retry(after: span)
        case (nil, let span?): return .fail(after: span)
        case (nil, nil), (_?, _?):
            let message = "'on_unreachable' must have either 'retry_after' or 'fail_after'"
            add(Problem(at: node.mark, message, hint: "on_unreachable: {retry_after: 10m}"))
            return .wait
        }
    }

    private func readResources(_ node: Node?) -> ResourceLimits {
        guard let node else { return ResourceLimits() }
        let fields = Fields(node)
        return ResourceLimits(
            memory: fields.text("memory").flatMap(SizeText.parse),
            processorMillis: fields.number("cpu").map { Int(($0 * 1000).rounded()) }
        )
    }

    private func readRetries(_ node: Node?) -> RetryPolicy {
        guard let node else { return .none }
        if let limit = node.scalar.flatMap({ Int($0.text) }) { return RetryPolicy(limit: limit) }
        let fields = Fields(node)
        var policy = RetryPolicy(limit: fields.integer("limit") ?? 0)
        policy.delay = fields.duration("delay") ?? policy.delay
        policy.backoff = fields.number("backoff") ?? policy.backoff
        policy.maximumDelay = fields.duration("max_delay")
        policy.jitter = fields.number("jitter") ?? policy.jitter
        policy.exitCodes = fields.texts("on_exit_codes").compactMap { Int32($0) }
        return policy
    }

    private mutating func noteTimeouts(_ tasks: [TaskDefinition], at node: Node?) {
        let names = tasks.filter { $0.timeout == nil && $0.action != .join }.map(\.id)
        guard !names.isEmpty, let node else { return }
        let list = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
        let message = names.count == 1 ? "task \(list) has no timeout" : "tasks without a timeout: \(list)"
        let hint = "'timeout' under 'defaults' sets one for all tasks"
        add(Problem(at: node.mark, message, hint: hint, severity: .info))
    }
}
