/// Where the items of a mapped task come from: what a file says under `for_each`.
package enum Mapping: Hashable, Sendable {
    /// One instance for each element.
    case list(ItemList)
    /// One instance for each combination, the last axis turning fastest.
    case product([Axis])
    /// One instance for each instance of another task, with the same item.
    case counterpart(task: String)

    /// A named list of a product.
    package struct Axis: Hashable, Sendable {
        package var name: String
        package var list: ItemList

        /// Pairs a name with its list.
        package init(name: String, list: ItemList) {
            self.name = name
            self.list = list
        }
    }

    /// The most instances of one task in one run.
    package static let mostInstances = 10_000
    /// The most bytes that the items of one task may have in all, as JSON.
    package static let mostBytes = 16 << 20

    /// The names in it, in order.
    package var references: [Reference] {
        switch self {
        case .list(let list): list.references
        case .product(let axes): axes.flatMap(\.list.references)
        case .counterpart: []
        }
    }

    /// Works out the items; a counterpart has none of its own.
    package func items(_ context: EvaluationContext) throws(TemplateError) -> [JSONValue] {
        switch self {
        case .list(let list): return try Mapping.bounded(list.items(context), context)
        case .product(let axes): return try Mapping.bounded(Mapping.combine(axes, context), context)
        case .counterpart: return []
        }
    }

    private static func combine(
        _ axes: [Axis],
        _ context: EvaluationContext
    ) throws(TemplateError) -> [JSONValue] {
        var combinations: [[JSONValue.Member]] = [[]]
        for axis in axes {
            let values = try axis.list.items(context, axis: axis.name)
            let (count, isOver) = combinations.count.multipliedReportingOverflow(by: values.count)
            guard !isOver, count <= mostInstances else {
                throw .tooManyItems(task: context.taskID, count: isOver ? .max : count, limit: mostInstances)
            }
            var next: [[JSONValue.Member]] = []
            next.reserveCapacity(count)
            for combination in combinations {
                for value in values { next.append(combination + [JSONValue.Member(name: axis.name, value: value)]) }
            }
            combinations = next
        }
        return combinations.map { .object($0) }
    }

    private static func bounded(
        _ items: [JSONValue],
        _ context: EvaluationContext
    ) throws(TemplateError) -> [JSONValue] {
        guard items.count <= mostInstances else {
            throw .tooManyItems(task: context.taskID, count: items.count, limit: mostInstances)
        }
        var bytes = 0
        for item in items {
            bytes += item.description.utf8.count
            guard bytes <= mostBytes else { throw .itemsTooLarge(task: context.taskID, limit: mostBytes) }
        }
        return items
    }
}

/// A list in `for_each`.
package enum ItemList: Hashable, Sendable {
    /// A list written in the file.
    case elements([Element])
    /// A text whose value is a JSON list.
    case template(Template)

    /// An element of a list written in the file.
    package enum Element: Hashable, Sendable {
        case value(JSONValue)
        /// A text with names in it.
        case text(Template)

        var references: [Reference] {
            if case .text(let template) = self { template.references } else { [] }
        }
    }

    /// The names in it, in order.
    package var references: [Reference] {
        switch self {
        case .template(let template): template.references
        case .elements(let elements): elements.flatMap(\.references)
        }
    }

    /// Works out the list; `axis` is its name in a product.
    func items(_ context: EvaluationContext, axis: String? = nil) throws(TemplateError) -> [JSONValue] {
        switch self {
        case .template(let template):
            let text = try template.render(context)
            guard case .array(let items)? = JSONValue(parsing: text) else {
                let isJSON = JSONValue(parsing: text) != nil
                throw .itemsNotAList(task: context.taskID, axis: axis, text: text, isJSON: isJSON)
            }
            return items
        case .elements(let elements):
            var items: [JSONValue] = []
            items.reserveCapacity(elements.count)
            for element in elements {
                switch element {
                case .value(let value): items.append(value)
                case .text(let template): items.append(.string(try template.render(context)))
                }
            }
            return items
        }
    }
}

/// What is known about the items of a mapped task when the file is loaded.
package indirect enum ItemShape: Hashable, Sendable {
    /// Nothing: they come from a value.
    case unknown
    /// Each is a value of this type.
    case value(ValueType)
    /// Each is an object that has at least these members.
    case fields([String: ItemShape])
}
