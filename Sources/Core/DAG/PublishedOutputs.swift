/// What tasks of a run have published, by task and instance.
package struct PublishedOutputs: Hashable, Sendable {
    private var values: [Int: [Int: [String: String]]] = [:]

    /// Nothing has been published.
    package init() {}

    /// Adds what an instance published; an instance that published nothing has its place in the list all the same.
    package mutating func add(_ key: InstanceKey, _ outputs: [String: String]) {
        values[key.task, default: [:]][key.mapIndex] = outputs
    }

    /// Adds all that another knows.
    package mutating func merge(_ other: PublishedOutputs) {
        values.merge(other.values) { $0.merging($1) { _, new in new } }
    }

    /// The texts that a consumer's references stand for, by task and name.
    ///
    /// A mapped task's output is a list by index, null where an instance has none; to an instance of a task that is
    /// `same_as` it, it is the output of its own counterpart.
    package func texts(
        for references: [Reference],
        of consumer: InstanceKey,
        tasks: [TaskDefinition],
        topology: Topology
    ) -> [String: [String: String]] {
        var texts: [String: [String: String]] = [:]
        for case .output(let task, let name, _) in references {
            guard let position = topology.position(of: task) else { continue }
            let published = values[position] ?? [:]
            let text: String?
            if tasks[position].mapping == nil {
                text = published[InstanceKey.whole]?[name]
            } else if !consumer.isWhole, topology.isCounterpart(position, of: consumer.task) {
                text = published[consumer.mapIndex]?[name]
            } else {
                let type = tasks[position].outputs.first { $0.name == name }?.type ?? .string
                text = PublishedOutputs.list(of: name, type: type, published).description
            }
            if let text { texts[task, default: [:]][name] = text }
        }
        return texts
    }

    private static func list(of name: String, type: ValueType, _ published: [Int: [String: String]]) -> JSONValue {
        guard let last = published.keys.max(), last >= 0 else { return .array([]) }
        return .array((0...last).map { index in published[index]?[name].map { element($0, type: type) } ?? .null })
    }

    private static func element(_ text: String, type: ValueType) -> JSONValue {
        switch type {
        case .string, .date, .datetime: return .string(text)
        case .boolean: return .boolean(text == "true")
        case .integer, .number, .json:
            // `+5` and `007` are numbers to people, not to JSON.
            if let value = JSONValue(parsing: text) { return value }
            return Value(text, type: type, zone: .utc).flatMap { JSONValue(parsing: $0.jsonText) } ?? .string(text)
        }
    }
}
