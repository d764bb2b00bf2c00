import Core
import Glibc

/// One run of a DAG by plain shells: no server, no retries, one task after the other.
struct ExampleRun {
    private let dag: DAG
    private let params: [String: String]
    private let folder: TemporaryFolder
    private let topology: Topology
    private(set) var states: [String: Outcome] = [:]
    private(set) var outputs: [String: [String: String]] = [:]
    private var published = PublishedOutputs()
    private var items: [Int: [JSONValue]] = [:]

    init(dag: DAG, params: [String: String]) throws {
        self.dag = dag
        self.params = try dag.resolveParams(params).get()
        folder = try TemporaryFolder()
        topology = try Topology(dag.tasks)
        folder.run("mkdir \"$1/run\"")
    }

    /// Everything a task wrote; of a mapped one, the instance `task.0`.
    func log(_ task: String) throws -> String {
        try readFile(folder.path + "/\(task).log")
    }

    /// Runs every task whose turn comes.
    mutating func finish() throws {
        for position in topology.order {
            let task = dag.tasks[position]
            states[task.id] = try outcome(of: position, upstream: topology.upstream[position])
        }
    }

    private mutating func outcome(of position: Int, upstream: [Int]) throws -> Outcome {
        let task = dag.tasks[position]
        var counts = UpstreamCounts(total: upstream.count)
        for position in upstream {
            let needed = dag.tasks[position]
            let outcome = states[needed.id] ?? .removed
            counts.count(outcome == .failed && needed.allowsFailure ? .success : outcome)
        }
        switch task.triggerRule.verdict(counts) {
        case .wait, .skip: return .skipped
        case .upstreamFailed: return .upstreamFailed
        case .start: break
        }
        let whole = InstanceKey(task: position)
        guard let mapping = task.mapping else { return try outcome(of: whole, item: nil) }
        let source = topology.counterpart[position]
        items[position] =
            try source.map { items[$0] ?? [] } ?? mapping.items(context(of: whole, mapping.references, item: nil))
        var outcomes: Set<Outcome> = []
        for (index, item) in (items[position] ?? []).enumerated() {
            outcomes.insert(try outcome(of: InstanceKey(task: position, mapIndex: index), item: item))
        }
        return outcomes.contains(.failed) ? .failed : outcomes.contains(.success) ? .success : .skipped
    }

    private mutating func outcome(of key: InstanceKey, item: JSONValue?) throws -> Outcome {
        let task = dag.tasks[key.task]
        let templates = (dag.environment + task.environment).flatMap(\.value.references)
        let context = context(of: key, templates + (task.condition?.references ?? []), item: item)
        if let condition = task.condition, try !condition.evaluate(context) { return .skipped }
        guard case .run(let script) = task.action else { return .success }
        let name = key.isWhole ? task.id : "\(task.id).\(key.mapIndex)"
        let code = try execute(script, of: task, named: name, context)
        let values = readOutputs(of: name)
        outputs[task.id] = values
        published.add(key, values)
        for output in task.outputs where code == 0 {
            let text = values[output.name] ?? "nothing"
            if !output.type.accepts(text) {
                throw TemporaryFolder.Failure(what: "\(task.id) published \(output.name)=\(text)")
            }
        }
        return code == 0 ? .success : task.skipExitCodes.contains(code) ? .skipped : .failed
    }

    private func execute(
        _ script: String,
        of task: TaskDefinition,
        named name: String,
        _ context: EvaluationContext
    ) throws -> Int32 {
        try writeFile(folder.path + "/script", script)
        var environment = [
            "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=\(folder.path)", "LANG=C.UTF-8",
            "ROTA_RUN_DIR=\(folder.path)/run", "ROTA_OUTPUT=\(folder.path)/\(name).output",
        ]
        for param in dag.params { environment.append("\(param.environmentName)=\(params[param.name] ?? "")") }
        for variable in dag.environment + task.environment {
            environment.append("\(variable.name)=\(try variable.value.render(context))")
        }
        // The last of two variables of one name must win, as it does for tasks.
        var last: [String: String] = [:]
        for line in environment { last[String(line.prefix { $0 != "=" })] = line }
        let shell =
            task.shell.isEmpty ? ["bash", "-eo", "pipefail"] : task.shell == ["sh"] ? ["sh", "-e"] : task.shell
        return runProgram(
            ["/usr/bin/env"] + shell + [folder.path + "/script"],
            environment: last.values.sorted(),
            output: folder.path + "/\(name).log"
        )
    }

    private func readOutputs(of name: String) -> [String: String] {
        // A task that publishes nothing has no such file.
        let text = (try? readFile(folder.path + "/\(name).output")) ?? ""
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let sign = line.firstIndex(of: "=") else { continue }
            values[String(line[..<sign])] = String(line[line.index(after: sign)...])
        }
        return values
    }

    private func context(of key: InstanceKey, _ references: [Reference], item: JSONValue?) -> EvaluationContext {
        let tick = Timestamp(rfc3339: "2020-08-21T04:30:00Z") ?? .epoch
        var context = EvaluationContext(
            dagID: dag.id,
            runID: "\(dag.id)/\(tick.runKey)",
            runType: "manual",
            logicalDate: tick,
            dataIntervalStart: tick - .seconds(86_400),
            dataIntervalEnd: tick,
            taskID: dag.tasks[key.task].id,
            zone: dag.schedule?.timetable.zone ?? .utc
        )
        context.params = params
        context.outputs = published.texts(for: references, of: key, tasks: dag.tasks, topology: topology)
        if !key.isWhole { context.mapIndex = key.mapIndex }
        context.item = item
        return context
    }
}
