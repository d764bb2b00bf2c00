import Core
import Testing

struct ParamTests {
    @Test(arguments: [
        (ValueType.string, ["", "anything"], [String]()),
        (.integer, ["0", "-3", "007", "+5"], ["", "1.0", "x", " 1", "99999999999999999999"]),
        (.number, ["0.5", "-1e9", ".5", "7"], ["nan", "inf", "0x1p3", "", "1,5", "1e999"]),
        (.boolean, ["true", "false"], ["True", "yes", "1", ""]),
        (.date, ["2026-02-28"], ["2026-02-29", "26-01-01", "2026-01-01T00:00"]),
        (.datetime, ["2026-01-31T06:00:00Z", "2026-01-31T06:00", "2026-01-31"], ["now", "2026-01-31T25:00"]),
        (
            .json, ["[]", "{\"a\": [1, 2.5e3, null]}", "\"\\ud83d\\ude00\""],
            ["", "[1,]", "{a: 1}", "01", "\"\\ud83d\"", "[] []"]
        ),
    ])
    func `a type takes its own texts and no others`(type: ValueType, good: [String], bad: [String]) {
        for text in good { #expect(type.accepts(text), "\(text)") }
        for text in bad { #expect(!type.accepts(text), "\(text)") }
    }

    private func complaint(_ text: String, _ change: (inout Param) throws -> Void) rethrows -> String? {
        var param = Param(name: "region")
        try change(&param)
        do {
            try param.validate(text)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `bounds are explained`() throws {
        #expect(
            complaint("eme") { $0.choices = ["emea", "amer"] }
                == "param 'region' is 'eme'; allowed: emea, amer. Did you mean 'emea'?"
        )
        #expect(
            complaint("x") { $0.type = .integer } == "param 'region' is 'x', but must be a whole number, such as 42"
        )
        #expect(
            complaint("0") { ($0.type, $0.minimum) = (.integer, 1) } == "param 'region' is 0, but must be at least 1"
        )
        #expect(
            complaint("2.5") { ($0.type, $0.maximum) = (.number, 2) } == "param 'region' is 2.5, but must be at most 2"
        )
        #expect(
            try complaint("E1") { $0.pattern = try Pattern("[a-z]+[0-9]") }
                == "param 'region' is 'E1', which does not match the pattern [a-z]+[0-9]"
        )
        #expect(
            complaint("a\0b") { _ in } == "param 'region' contains a NUL byte, which no environment variable can hold"
        )
        let long = String(repeating: "x", count: 65_537)
        #expect(complaint(long) { _ in } == "param 'region' has 65537 bytes; a value may have at most 65536")
        #expect(complaint("emea") { $0.choices = ["emea"] } == nil)
    }

    @Test func `params of a run are filled in, and all complaints come at once`() throws {
        var dag = DAG(id: "sales", tasks: [])
        var region = Param(name: "region")
        region.defaultText = "emea"
        dag.params = [region, Param(name: "day", type: .date)]
        #expect(try dag.resolveParams(["day": "2026-01-01"]).get() == ["region": "emea", "day": "2026-01-01"])
        let errors = #expect(throws: ParamErrors.self) { try dag.resolveParams(["dya": "x", "region": "a\0"]).get() }
        #expect(errors?.errors.count == 3)
        #expect(
            errors?.description.contains("there is no param 'dya'; known: region, day. Did you mean 'day'?") == true
        )
        #expect(errors?.description.contains("param 'day' has no default and must be given") == true)
    }

    @Test func `a param's variable is in capitals`() {
        #expect(Param(name: "sub-Region_2").environmentName == "ROTA_PARAM_SUB_REGION_2")
    }
}
