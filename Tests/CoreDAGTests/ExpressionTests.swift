import Core
import Testing

struct ExpressionTests {
    @Test(
        arguments: [
            ("true", true), ("not true", false), ("false or true", true), ("true and not false", true),
            ("params.full", true), ("not params.full", false), ("params.full == true", true),
            ("tasks.extract.outputs.rows > 0", true), ("tasks.extract.outputs.rows == 12.0", true),
            ("12 <= tasks.extract.outputs.rows", true), ("tasks.extract.outputs.rows < -1", false),
            ("params.region == \"emea\"", true), ("params.region != 'emea'", false),
            ("params.region in [\"emea\", \"amer\"]", true), ("params.region not in [\"amer\"]", true),
            ("params.limit in [1, 7]", true), ("params.share == 0.5", true),
            ("tasks.extract.outputs.label == \"1.1\"", false),
            ("params.day < \"2024-04-01\"", true), ("logical_date >= \"2026-08-21\"", true),
            ("logical_date > \"2026-08-21T06:30:00+02:00\"", false),
            ("\"a\" in tasks.extract.outputs.files", true), ("\"b\" in tasks.extract.outputs.files", false),
            ("1 in tasks.extract.outputs.files", true), ("true in tasks.extract.outputs.files", true),
            ("run.type == \"scheduled\" and (attempt > 1 or task.id == \"load\")", true),
            ("false and tasks.clean.outputs.gone == \"x\"", false), ("true or tasks.clean.outputs.gone == \"x\"", true),
            ("tasks.clean.outputs.gone == \"x\" or true", nil),
            ("true or false and false", true), ("not false and false", false),
        ] as [(String, Bool?)]
    )
    func `a condition is judged`(source: String, expected: Bool?) throws {
        let expression = try Expression(parsing: source, in: scope())
        guard let expected else {
            #expect(throws: TemplateError.missingOutput(task: "load", output: "gone", producer: "clean")) {
                try expression.evaluate(context())
            }
            return
        }
        #expect(try expression.evaluate(context()) == expected)
    }

    @Test(arguments: [
        ("", 0, "the expression is empty", nil),
        ("params.region = \"x\"", 14, "'=' alone is not known", "write == to compare"),
        ("params.region == emea", 17, "unknown name 'emea'", "a text is written in quotes: \"emea\""),
        ("params.region && true", 14, "'&&' is not known here", "write and"),
        ("!params.full", 0, "'!' alone is not known", "write not"),
        ("{{ params.full }}", 0, "an expression stands without {{ }}", nil),
        ("params.region", 0, "params.region is of type string and must be compared", nil),
        (
            "params.region == 1", 14, "params.region is of type string and cannot be compared with '1'",
            "write \"1\" in quotes"
        ),
        ("params.limit == \"many\"", 13, "'many' is not a whole number, such as 42", nil),
        ("params.day > \"yesterday\"", 11, "'yesterday' is not a date", nil),
        ("params.full > true", 12, "boolean values know == and != only", nil),
        ("params.list == \"x\"", 12, "JSON cannot be compared", "look for a value in a JSON list with in"),
        ("params.list == params.list", 12, "JSON cannot be compared", nil),
        ("params.region in \"emea\"", 14, "what follows 'in' must be a list", nil),
        ("params.region in [emea]", 18, "a list holds texts in quotes", nil),
        (
            "tasks.clean.outputs.rows > 0", 25, "tasks.clean.outputs.rows is of type string",
            "declare the type of tasks.clean.outputs.rows in the task's outputs, or write \"0\" in quotes"
        ),
        ("tasks.clean.outputs.rows > \"0\"", 25, "tasks.clean.outputs.rows has no declared type", nil),
        ("tasks.later.outputs.rows > 0", 0, "task 'load' uses an output of 'later', but does not run after it", nil),
        ("(true", 5, "expected ')'", nil), ("true true", 5, "expected 'and', 'or' or the end, found 'true'", nil),
        (
            "2026-01-01 < logical_date", 0, "'2026-01-01' is not a number",
            "write \"2026-01-01\" in quotes if it is a text or a date"
        ),
        ("params.region | json == \"x\"", 14, "filters cannot be used in an expression", nil),
    ])
    func `a mistake is found with its place`(source: String, offset: Int, message: String, hint: String?) {
        let problem = #expect(throws: TemplateProblem.self) { try Expression(parsing: source, in: scope()) }
        #expect(problem?.message.hasPrefix(message) == true, "\(problem?.message ?? "")")
        #expect(problem?.offset == offset)
        if let hint { #expect(problem?.hint == hint) }
    }

    @Test func `nesting has an end`() {
        let deep = String(repeating: "(", count: 100_000) + "true" + String(repeating: ")", count: 100_000)
        #expect(throws: TemplateProblem.self) { try Expression(parsing: deep, in: scope()) }
        let many = String(repeating: "not ", count: 100_000) + "true"
        #expect(throws: TemplateProblem.self) { try Expression(parsing: many, in: scope()) }
    }

    @Test func `what is no list cannot be looked into`() throws {
        let expression = try Expression(parsing: "\"a\" in tasks.extract.outputs.files", in: scope())
        #expect(throws: TemplateError.notAList(task: "load", name: "tasks.extract.outputs.files")) {
            try expression.evaluate(context(outputs: ["extract": ["files": "{}"]]))
        }
    }
}
