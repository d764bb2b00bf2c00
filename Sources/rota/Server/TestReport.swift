import Core
import Executor
import Store

/// A run in the foreground as the document that a server would give of it.
struct TestReport {
    let dag: DAG
    let result: ForegroundRun.Result
    let logicalDate: Timestamp
    let interval: Timetable.Interval
    let started: Timestamp
    let ended: Timestamp

    /// The document.
    var json: JSONValue {
        .object([
            member("id", .string("\(dag.id)/\(logicalDate.runKey)-test")),
            member("dag", .string(dag.id)),
            member("type", .string(RunType.manual.rawValue)),
            member("state", .string(result.state.rawValue)),
            member("logical_date", .string(logicalDate.rfc3339)),
            member("data_interval_start", .string(interval.start.rfc3339)),
            member("data_interval_end", .string(interval.end.rfc3339)),
            member("version", .null),
            member("created_at", .string(started.rfc3339)),
            member("started_at", .string(started.rfc3339)),
            member("ended_at", .string(ended.rfc3339)),
            member("tasks", .array(result.instances.map(task))),
        ])
    }

    private func task(_ instance: ForegroundRun.Instance) -> JSONValue {
        .object([
            member("id", .string(dag.tasks[instance.key.task].id)),
            member("map_index", instance.key.isWhole ? .null : .number(String(instance.key.mapIndex))),
            member("state", .string(instance.state.rawValue)),
            member("attempts", .array(instance.attempts.map(attempt))),
        ])
    }

    private func attempt(_ attempt: ForegroundRun.Attempt) -> JSONValue {
        let verdict = attempt.verdict
        return .object([
            member("number", .number(String(attempt.number))),
            member("state", .string(verdict.attempt.rawValue)),
            member("runner", .string("local")),
            member("exit_code", verdict.exitCode.map { .number(String($0)) } ?? .null),
            member("signal", verdict.signal.map { .string(SignalName.name(of: Int($0))) } ?? .null),
            member("started_at", attempt.record.map { .string($0.startedAt.rfc3339) } ?? .null),
            member("ended_at", attempt.record.map { .string($0.endedAt.rfc3339) } ?? .null),
        ])
    }

    private func member(_ name: String, _ value: JSONValue) -> JSONValue.Member {
        JSONValue.Member(name: name, value: value)
    }
}
