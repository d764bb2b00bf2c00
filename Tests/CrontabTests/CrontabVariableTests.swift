import Testing

@testable import Crontab

/// Lines that set variables.
struct CrontabVariableTests {
    @Test(
        arguments: [
            ("CASE=plain", "CASE", "plain"),
            ("CASE = spaced value   ", "CASE", "spaced value"),
            ("\"CASE\" = \"quoted  value\"", "CASE", "quoted  value"),
            ("CASE='single # $HOME \"x\"'", "CASE", "single # $HOME \"x\""),
            ("CASE=a \"b\" c", "CASE", "a \"b\" c"),
            ("'QU OTED'=1", "QU OTED", "1"),
            ("CASE=\"\"", "CASE", ""),
            ("CASE=it's \"fine", "CASE", "it's \"fine"),
            ("CASE=trail\\", "CASE", "trail\\"),
            ("CASE=$HOME:~", "CASE", "$HOME:~"),
            ("CASE=cr\r", "CASE", "cr"),
            ("'CASE'  =  x y ", "CASE", "x y"),
            ("  MAILTO=", "MAILTO", ""),
        ]
    )
    func `a variable is read as cron reads it`(line: String, name: String, value: String) {
        #expect(CrontabVariable(line: line) == CrontabVariable(name, value))
    }

    @Test(
        arguments: [
            "0 5 * * * FOO=bar run", "@daily FOO=bar run", "* * * * * a=b", "CASE=\"open", "CASE=\"a\" b", "just words",
            "=x", "", "\"\"=x",
        ]
    )
    func `other lines are no variables`(line: String) {
        #expect(CrontabVariable(line: line) == nil)
    }

    @Test(arguments: [
        ("PATH", true), ("_x9", true), ("QU OTED", false), ("9X", false), ("ROTA_URL", false), ("*", false),
    ])
    func `not every name can be a variable of a DAG`(name: String, isUsable: Bool) {
        #expect(CrontabVariable(name, "").isUsable == isUsable)
    }
}
