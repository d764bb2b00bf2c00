/// Everything that names in templates and expressions stand for in one task instance.
package struct EvaluationContext: Hashable, Sendable {
    package var dagID: String
    /// The run's name, `DAG/KEY`.
    package var runID: String
    /// The run's type as it is spelled everywhere, such as `scheduled`.
    package var runType: String
    package var logicalDate: Timestamp
    package var dataIntervalStart: Timestamp
    package var dataIntervalEnd: Timestamp
    /// The text of every param.
    package var params: [String: String]
    /// What ancestors published: the text of each output by task and name.
    package var outputs: [String: [String: String]]
    package var taskID: String
    /// The number of the attempt, counted from 1.
    package var attempt: Int
    /// The clock of the DAG's schedule.
    package var zone: TimeZoneRules

    /// Makes the context of a first attempt without params and outputs.
    package init(
        dagID: String,
        runID: String,
        runType: String,
        logicalDate: Timestamp,
        dataIntervalStart: Timestamp,
        dataIntervalEnd: Timestamp,
        taskID: String,
        zone: TimeZoneRules
    ) {
        self.dagID = dagID
        self.runID = runID
        self.runType = runType
        self.logicalDate = logicalDate
        self.dataIntervalStart = dataIntervalStart
        self.dataIntervalEnd = dataIntervalEnd
        params = [:]
        outputs = [:]
        self.taskID = taskID
        attempt = 1
        self.zone = zone
    }

    /// The value of a name; nil for an output that was not published and a param that has none.
    func value(of reference: Reference) throws(TemplateError) -> Value? {
        switch reference {
        case .dagID: return .string(dagID)
        case .runID: return .string(runID)
        case .runType: return .string(runType)
        case .logicalDate: return .instant(logicalDate, text: logicalDate.rfc3339Seconds)
        case .dataIntervalStart: return .instant(dataIntervalStart, text: dataIntervalStart.rfc3339Seconds)
        case .dataIntervalEnd: return .instant(dataIntervalEnd, text: dataIntervalEnd.rfc3339Seconds)
        case .taskID: return .string(taskID)
        case .attempt: return .integer(attempt, text: String(attempt))
        case .param(let name, let type): return try read(params[name], of: reference, type: type)
        case .output(let task, let name, let type):
            return try read(outputs[task]?[name], of: reference, type: type)
        }
    }

    /// The value of a name, which must have one.
    func requiredValue(of reference: Reference) throws(TemplateError) -> Value {
        if let value = try value(of: reference) { return value }
        if case .output(let producer, let output, _) = reference {
            throw .missingOutput(task: taskID, output: output, producer: producer)
        }
        throw .missingValue(task: taskID, name: reference.description)
    }

    private func read(_ text: String?, of reference: Reference, type: ValueType) throws(TemplateError) -> Value? {
        guard let text else { return nil }
        guard let value = Value(text, type: type, zone: zone) else {
            throw .wrongType(task: taskID, name: reference.description, text: text, type: type)
        }
        return value
    }
}

/// Why a template or an expression has no value in one task instance; the task fails with this sentence.
package enum TemplateError: Error, Hashable, Sendable {
    /// An ancestor ended without publishing an output that is used.
    case missingOutput(task: String, output: String, producer: String)
    /// A param of this version has no value in the run.
    case missingValue(task: String, name: String)
    /// A text is not what its declaration promises.
    case wrongType(task: String, name: String, text: String, type: ValueType)
    /// The right side of `in` is JSON, but no list.
    case notAList(task: String, name: String)
    /// A value contains a NUL, or is too long for a variable.
    case notAVariable(task: String, variable: String, reason: String)
}

extension TemplateError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missingOutput(let task, let output, let producer):
            "task '\(task)' needs output '\(output)' of task '\(producer)', which it did not publish"
        case .missingValue(let task, let name):
            "task '\(task)' needs \(name), which has no value in this run"
        case .wrongType(let task, let name, let text, let type):
            "task '\(task)' uses \(name), which is '\(text.shortened)', but must be \(type.expectation)"
        case .notAList(let task, let name):
            "task '\(task)' looks for a value in \(name), which is JSON, but not a list"
        case .notAVariable(let task, let variable, let reason):
            "task '\(task)' cannot set the variable \(variable): \(reason)"
        }
    }
}
