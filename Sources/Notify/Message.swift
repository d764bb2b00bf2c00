import Core
import Store

/// What people are told of an incident.
struct Message: Sendable {
    let incident: IncidentRecord
    /// The DAG as the run's version says; nil where this program cannot read it.
    let dag: DAG?
    /// Where the incident leads, in a browser.
    let link: String

    /// One line, for chats and pagers: what failed, how, why, and the link.
    var text: String {
        let place = incident.task.map { task in
            let index = incident.mapIndex.map { "[\($0)]" } ?? ""
            let more = incident.tasks > 1 ? " and \(incident.tasks - 1) more" : ""
            return ": \(task)\(index)\(more)"
        }
        let head = "\(incident.run.dag)\(place ?? "") \(ending)"
        return [head, incident.cause.map { ": \($0)" } ?? "", " \(link)"].joined()
    }

    /// How it ended, as the end of a sentence.
    private var ending: String {
        switch incident.attemptState {
        case .failed:
            if let signal = incident.signal { return "was killed by \(SignalName.name(of: signal))" }
            return incident.exitCode.map { "failed with exit code \($0)" } ?? "could not be started"
        case .timedOut: return "ran into its timeout"
        case .lost: return "was lost with its runner"
        case .some(let state): return "ended as \(state.rawValue)"
        case nil: break
        }
        switch incident.reason {
        case "missed_deadline": return "did not start before its deadline"
        case "timed_out" where incident.task == nil: return "ran longer than its timeout and was ended"
        case let reason?: return "failed: \(reason)"
        case nil: return "failed"
        }
    }

    /// Everything, for programs.
    var json: JSONValue {
        Self.object([
            "event": .string("failure"),
            "text": .string(text),
            "link": .string(link),
            "incident": .string(incident.code),
            "at": .string(incident.at.rfc3339),
            "dag": dagJSON,
            "run": runJSON,
            "task": taskJSON,
            "failed_tasks": Self.number(incident.tasks),
            "reason": Self.text(incident.reason),
            "attempt": attemptJSON,
            "cause": causeJSON,
            "failure": failureJSON,
        ])
    }

    private var dagJSON: JSONValue {
        let tags: [JSONValue] = (dag?.tags ?? []).map { .string($0) }
        return Self.object([
            "id": .string(incident.run.dag), "owner": Self.text(dag?.owner), "runbook": Self.text(dag?.runbook),
            "tags": .array(tags),
        ])
    }

    private var runJSON: JSONValue {
        Self.object([
            "id": .string(incident.run.description), "logical_date": .string(incident.logicalDate.rfc3339),
        ])
    }

    private var taskJSON: JSONValue {
        guard let task = incident.task else { return .null }
        return Self.object(["id": .string(task), "map_index": Self.number(incident.mapIndex)])
    }

    private var attemptJSON: JSONValue {
        guard let number = incident.attempt else { return .null }
        return Self.object([
            "number": Self.number(number), "state": Self.text(incident.attemptState?.rawValue),
            "exit_code": Self.number(incident.exitCode), "signal": Self.number(incident.signal),
            "runner": Self.text(incident.runner),
        ])
    }

    private var causeJSON: JSONValue {
        guard let cause = incident.cause else { return .null }
        return Self.object(["text": .string(cause), "line": Self.number(incident.causeLine)])
    }

    private var failureJSON: JSONValue {
        guard let id = incident.signature else { return .null }
        return Self.object([
            "id": Self.number(id), "first_seen_at": Self.text(incident.firstSeen?.rfc3339),
            "times": Self.number(incident.seen),
        ])
    }

    private static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { JSONValue.Member(name: $0.key, value: $0.value) })
    }

    private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    private static func number(_ number: Int?) -> JSONValue { number.map { .number("\($0)") } ?? .null }
}
