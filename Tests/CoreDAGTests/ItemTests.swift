import Core
import Testing

struct ItemTests {
    private static func scope(_ shape: ItemShape) -> ReferenceScope {
        var scope = CoreDAGTests.scope()
        scope.item = shape
        return scope
    }

    private static func context(_ item: JSONValue, index: Int = 3) -> EvaluationContext {
        var context = CoreDAGTests.context()
        context.item = item
        context.mapIndex = index
        return context
    }

    private static let file = JSONValue.object([
        .init(name: "name", value: .string("a b")), .init(name: "size", value: .number("1.10")),
        .init(name: "old", value: .boolean(true)), .init(name: "gone", value: .null),
        .init(name: "tags", value: .array([.string("x")])),
    ])

    @Test(arguments: [
        ("{{ item }}", JSONValue.string("a\"b"), "a\"b"), ("{{ item }}", .number("1.10"), "1.10"),
        ("{{ item | json }}", .string("a\"b"), "\"a\\\"b\""), ("{{ item | json }}", .number("7"), "7"),
        ("{{ item }}", .array([.number("1"), .null]), "[1,null]"), ("{{ item_index }}", .null, "3"),
        ("{{ item.name }}/{{ item.size }}/{{ item.tags }}", file, "a b/1.10/[\"x\"]"),
        ("{{ item.gone | default: none }}{{ item.missing | default: '' }}", file, "none"),
    ])
    func `an item is shown as a text is, and anything else as JSON`(
        text: String,
        item: JSONValue,
        expected: String
    ) throws {
        let template = try Template(parsing: text, in: Self.scope(.unknown))
        #expect(try template.render(Self.context(item)) == expected)
    }

    @Test func `what an item does not have is named`() throws {
        let template = try Template(parsing: "{{ item.colour }}", in: Self.scope(.unknown))
        let error = #expect(throws: TemplateError.self) { try template.render(Self.context(Self.file)) }
        #expect(error?.description == "task 'load' needs item.colour, which its item 3 does not have")
    }

    @Test(arguments: [
        ("item.size > 1", true), ("item.size == 1.1", true), ("item.old", true), ("not item.old", false),
        ("item.name == \"a b\"", true), ("item.name in [\"a\", \"b\"]", false), ("\"x\" in item.tags", true),
        ("item_index == 3 and item.size < 2", true),
    ])
    func `an item whose type is unknown is read as the type beside it`(text: String, expected: Bool) throws {
        let condition = try Expression(parsing: text, in: Self.scope(.unknown))
        #expect(try condition.evaluate(Self.context(Self.file)) == expected)
    }

    @Test func `an item that is not of the type beside it breaks the condition with a sentence`() throws {
        let condition = try Expression(parsing: "item.name > 3", in: Self.scope(.unknown))
        let error = #expect(throws: TemplateError.self) { try condition.evaluate(Self.context(Self.file)) }
        #expect(error?.description.contains("item.name, which is 'a b', but must be a number") ?? false)
    }

    @Test(arguments: [
        (
            "{{ item.yaer }}", "item has no field 'yaer' in every instance; fields: region, year",
            "did you mean 'item.year'?"
        ),
        ("{{ item.year.x }}", "item.year is a whole number, such as 42, and has no field 'x'", nil),
    ])
    func `fields that are known are checked when the file is loaded`(text: String, message: String, hint: String?) {
        let shape = ItemShape.fields(["region": .value(.string), "year": .value(.integer)])
        let problem = #expect(throws: TemplateProblem.self) { try Template(parsing: text, in: Self.scope(shape)) }
        #expect(problem?.message == message)
        #expect(problem?.hint == hint)
    }

    @Test func `types that are known are checked when the file is loaded`() {
        let scope = Self.scope(.value(.integer))
        #expect(throws: Never.self) { try Expression(parsing: "item >= 10", in: scope) }
        #expect(throws: TemplateProblem.self) { try Expression(parsing: "item == \"ten\"", in: scope) }
    }

    @Test func `the product turns its last list fastest`() throws {
        let mapping = Mapping.product([
            .init(name: "a", list: .elements([.value(.number("1")), .value(.number("2"))])),
            .init(name: "b", list: .elements([.value(.string("x")), .value(.string("y"))])),
        ])
        #expect(
            try mapping.items(CoreDAGTests.context()).map(\.description)
                == [#"{"a":1,"b":"x"}"#, #"{"a":1,"b":"y"}"#, #"{"a":2,"b":"x"}"#, #"{"a":2,"b":"y"}"#]
        )
    }

    @Test(arguments: [
        ("{{ tasks.extract.outputs.label }}", "'1.10', which is JSON, but no list"),
        ("{{ tasks.clean.outputs.files }}", "needs output 'files' of task 'clean', which it did not publish"),
        ("x{{ tasks.extract.outputs.files }}", "which is no JSON"),
    ])
    func `what is no list is shown in the sentence`(text: String, words: String) throws {
        let mapping = Mapping.list(.template(try Template(parsing: text, in: CoreDAGTests.scope())))
        let error = #expect(throws: TemplateError.self) { try mapping.items(CoreDAGTests.context()) }
        #expect(error?.description.contains(words) ?? false)
    }

    @Test func `more instances than are allowed are refused`() throws {
        let axis = { (name: String) in
            Mapping.Axis(name: name, list: .elements(Array(repeating: .value(.null), count: 101)))
        }
        let error = #expect(throws: TemplateError.self) {
            try Mapping.product([axis("a"), axis("b")]).items(CoreDAGTests.context())
        }
        #expect(error?.description == "task 'load' would have 10201 instances; at most 10000 are allowed")
    }

    @Test func `a mapped task's output is a list by index, and its counterpart's own to whoever follows it`() throws {
        var tasks = ["clean", "check", "load"].map { TaskDefinition(id: $0) }
        tasks[0].mapping = .list(.elements([]))
        tasks[0].outputs = [OutputDeclaration(name: "rows", type: .integer)]
        tasks[1].mapping = .counterpart(task: "clean")
        tasks[1].needs = ["clean"]
        tasks[2].needs = ["check"]
        var published = PublishedOutputs()
        published.add(InstanceKey(task: 0, mapIndex: 0), ["rows": "007", "name": "a"])
        published.add(InstanceKey(task: 0, mapIndex: 1), [:])
        published.add(InstanceKey(task: 0, mapIndex: 2), ["rows": "12", "name": "12"])
        let references: [Reference] = [
            .output(task: "clean", name: "rows", type: .json), .output(task: "clean", name: "name", type: .json),
        ]
        let topology = try Topology(tasks)
        let texts = { (key: InstanceKey) in
            published.texts(for: references, of: key, tasks: tasks, topology: topology)["clean"]
        }
        #expect(texts(InstanceKey(task: 2)) == ["rows": "[7,null,12]", "name": #"["a",null,"12"]"#])
        #expect(texts(InstanceKey(task: 1, mapIndex: 2)) == ["rows": "12", "name": "12"])
        #expect(texts(InstanceKey(task: 1, mapIndex: 1)) == nil)
    }
}
