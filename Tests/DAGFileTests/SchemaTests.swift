import Core
import DAGFile
import Testing

struct SchemaTests {
    private let schema = JSONValue(parsing: DAGFile.jsonSchema())

    @Test func `the schema is JSON, and names what the parser takes`() throws {
        guard case .object(let properties)? = schema?["properties"] else {
            Issue.record("no properties")
            return
        }
        #expect(properties.map(\.name).contains("schedule"))
        #expect(!properties.map(\.name).contains("notify"))
        #expect(schema?["required"] == .array([.string("tasks")]))
        #expect(schema?["additionalProperties"] == .boolean(false))
    }

    @Test func `every reference leads to a definition`() throws {
        let definitions = try #require(schema?["$defs"])
        var names: [String] = []
        func collect(_ value: JSONValue) {
            switch value {
            case .array(let elements): for element in elements { collect(element) }
            case .object(let members):
                for member in members {
                    if member.name == "$ref", case .string(let name) = member.value { names.append(name) }
                    collect(member.value)
                }
            default: break
            }
        }
        collect(try #require(schema))
        #expect(Set(names).count >= 5)
        for name in names { #expect(definitions[String(name.dropFirst("#/$defs/".count))] != nil, "\(name)") }
    }

    @Test func `every key of the table is one the parser knows, with its default`() throws {
        guard case .object(let properties)? = schema?["$defs"]?["a-task"]?["properties"] else {
            Issue.record("no task")
            return
        }
        for property in properties {
            let result = parse("tasks: {a: {\(property.name): }}")
            #expect(
                !result.complaints.contains { $0.contains("unknown key") || $0.contains("not available") },
                "\(property.name)"
            )
        }
        #expect(properties.first { $0.name == "slots" }?.value["default"] == .number("1"))
        #expect(properties.first { $0.name == "trigger_rule" }?.value["default"] == .string("all_success"))
    }
}
