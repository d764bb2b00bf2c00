import Core
import Scheduler
import Store

/// Makes the start order of an attempt: the script as it is written, and the environment filled in.
package struct OrderMaker: Sendable {
    /// The folder of the DAG files, where commands on this host start; nil for runners elsewhere.
    let folder: String?
    /// How much of each log is kept; nil: all.
    var logCap: LogCap?

    /// - Throws: `TemplateError`, whose sentence is the attempt's failure.
    func order(
        _ id: AttemptID,
        number: Int,
        task: TaskDefinition,
        version: LoadedVersion,
        facts: OrderFacts,
        outputs: [String: [String: String]],
        secrets: [EnvironmentVariable] = [],
        mapped: (mapIndex: Int, item: JSONValue)? = nil,
        bootID: String?,
        heard: KeeperClock? = nil
    ) throws(TemplateError) -> StartOrder {
        var context = EvaluationContext(
            dagID: facts.name.dag,
            runID: facts.name.description,
            runType: facts.type.rawValue,
            logicalDate: facts.logicalDate,
            dataIntervalStart: facts.dataIntervalStart,
            dataIntervalEnd: facts.dataIntervalEnd,
            taskID: task.id,
            zone: version.zone
        )
        context.params = facts.params
        context.outputs = outputs
        context.attempt = number
        context.mapIndex = mapped?.mapIndex
        context.item = mapped?.item
        var environment = Self.ownVariables(context, version.dag)
        for variable in version.dag.environment + task.environment {
            let value = try variable.value.render(context)
            guard value.utf8.count <= Param.largestValue else {
                throw .notAVariable(task: task.id, variable: variable.name, reason: "its value is larger than 64 KiB")
            }
            guard !value.utf8.contains(0) else {
                throw .notAVariable(task: task.id, variable: variable.name, reason: "its value contains a NUL byte")
            }
            environment.append(EnvironmentVariable(variable.name, value))
        }
        environment += secrets
        var script: [UInt8] = []
        if case .run(let text) = task.action { script = Array(text.utf8) }
        var order = StartOrder(
            id: id,
            bootID: bootID,
            script: script,
            shell: task.shell,
            environment: environment,
            workingDirectory: task.workingDirectory ?? directory(of: facts.path),
            runDirectory: Self.runDirectory(facts.name),
            timeout: task.timeout,
            request: try task.request?.render(context),
            logCap: logCap,
            limits: task.resources
        )
        if let limit = task.onUnreachable.limit, let heard {
            order.fence = Fence(limit: limit, grace: order.grace, contact: heard)
        }
        return order
    }

    private func directory(of path: String) -> String? {
        guard let folder else { return nil }
        guard let slash = path.lastIndex(of: "/") else { return folder }
        return folder + "/" + path[..<slash]
    }

    /// A folder's name made of our own ids, which hold no slash.
    static func runDirectory(_ name: RunName) -> String { "\(name.dag)_\(name.key)" }

    private static func ownVariables(_ context: EvaluationContext, _ dag: DAG) -> [EnvironmentVariable] {
        var variables = [
            EnvironmentVariable("ROTA_DAG_ID", context.dagID),
            EnvironmentVariable("ROTA_RUN_ID", context.runID),
            EnvironmentVariable("ROTA_RUN_TYPE", context.runType),
            EnvironmentVariable("ROTA_TASK_ID", context.taskID),
            EnvironmentVariable("ROTA_MAP_INDEX", context.mapIndex.map { String($0) } ?? ""),
            EnvironmentVariable("ROTA_ATTEMPT", String(context.attempt)),
            EnvironmentVariable("ROTA_LOGICAL_DATE", context.logicalDate.rfc3339Seconds),
            EnvironmentVariable("ROTA_DATA_INTERVAL_START", context.dataIntervalStart.rfc3339Seconds),
            EnvironmentVariable("ROTA_DATA_INTERVAL_END", context.dataIntervalEnd.rfc3339Seconds),
        ]
        for param in dag.params {
            guard let value = context.params[param.name] else { continue }
            variables.append(EnvironmentVariable(param.environmentName, value))
        }
        return variables
    }
}
