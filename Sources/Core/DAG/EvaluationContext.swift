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
    /// Which instance of a mapped task it is, and its item; nil where the task is not mapped.
    package var mapIndex: Int?
    package var item: JSONValue?
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
        case .itemIndex: return mapIndex.map { .integer($0, text: String($0)) }
        case .item(let path, let type): return try readItem(path, of: reference, type: type)
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
        if case .item = reference, let mapIndex {
            throw .missingItem(task: taskID, name: reference.description, index: mapIndex)
        }
        throw .missingValue(task: taskID, name: reference.description)
    }

    private func readItem(
        _ path: [String],
        of reference: Reference,
        type: ValueType?
    ) throws(TemplateError) -> Value? {
        guard var value = item else { return nil }
        for name in path {
            guard let member = value[name] else { return nil }
            value = member
        }
        guard let type else { return Value(item: value) }
        return try read(value.plainText, of: reference, type: type)
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
    /// An item has no such part, or null there.
    case missingItem(task: String, name: String, index: Int)
    /// What `for_each` gives is no list; `axis` is its name in a product.
    case itemsNotAList(task: String, axis: String?, text: String, isJSON: Bool)
    case tooManyItems(task: String, count: Int, limit: Int)
    /// Together the items have more bytes than can be kept.
    case itemsTooLarge(task: String, limit: Int)
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
        case .missingItem(let task, let name, let index):
            "task '\(task)' needs \(name), which its item \(index) does not have"
        case .itemsNotAList(let task, let axis, let text, let isJSON):
            "task '\(task)' has no list to map over: \(axis.map { "'\($0)' of " } ?? "")its for_each gave "
                + "'\(text.shortened)', which is \(isJSON ? "JSON, but no list" : "no JSON")"
        case .tooManyItems(let task, let count, let limit):
            "task '\(task)' would have \(count == .max ? "far more" : "\(count)") instances; at most \(limit) are allowed"
        case .itemsTooLarge(let task, let limit):
            "the items of task '\(task)' have more than \(limit >> 20) MiB in all"
        case .notAVariable(let task, let variable, let reason):
            "task '\(task)' cannot set the variable \(variable): \(reason)"
        }
    }
}
