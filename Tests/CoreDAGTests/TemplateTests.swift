import Core
import Testing
import Zones

struct TemplateTests {
    @Test(arguments: [
        ("plain", "plain"),
        ("", ""),
        ("a } b }} c {", "a } b }} c {"),
        ("{{dag.id}}/{{ run.type }}", "sales/scheduled"),
        ("{{ run.id }} {{ task.id }} {{ attempt }}", "sales/2026-08-21T043000Z load 1"),
        ("{{ logical_date }}", "2026-08-21T04:30:00Z"),
        ("{{ data_interval_start | date }}", "2026-08-20"),
        ("{{ logical_date | shift: -1d | date }}", "2026-08-20"),
        ("{{ logical_date | shift: -1mo | format: '%Y/%m' }}", "2026/07"),
        ("{{ logical_date | shift: 1h30m }}", "2026-08-21T06:00:00Z"),
        ("{{ logical_date | shift: -P1M }}", "2026-07-21T04:30:00Z"),
        ("{{ logical_date | format: %Y%m%dT%H%M%S%z }}", "20260821T043000+0000"),
        (
            "{{ logical_date | format: \"%a %d %b, week %V of %G, day %j, 100%%\" }}",
            "Fri 21 Aug, week 34 of 2026, day 233, 100%"
        ),
        ("{{ logical_date | format: '%s | %I %p' }}", "1787286600 | 04 AM"),
        ("{{ params.day | shift: -1mo }}", "2024-02-29"),
        ("{{ params.day | format: '%d.%m.%y' }}", "31.03.24"),
        ("{{ params.limit }}", "007"),
        ("{{ params.limit | json }}", "7"),
        ("{{ params.region | json }}", "\"emea\""),
        ("{{ tasks.extract.outputs.label }}", "1.10"),
        ("{{ tasks.extract.outputs.files | json }}", "[\"a\",1,true]"),
        ("{{ tasks.clean.outputs.anything | default: none }}", "none"),
        ("{{ tasks.clean.outputs.anything | default: '' }}", ""),
        ("{{ tasks.extract.outputs.rows | default: 0 }}", "12"),
        ("{{ tasks.extract.outputs.seen | default: 2026-01-01T00:00:00Z | shift: 1d | date }}", "2026-01-02"),
        ("{{ \"{{\" }} {{ '}}' }}", "{{ }}"),
    ])
    func `a template is filled in`(source: String, expected: String) throws {
        #expect(try Template(parsing: source, in: scope()).render(context()) == expected)
    }

    @Test func `a value that looks like a template is not expanded again`() throws {
        let template = try Template(parsing: "<{{ tasks.extract.outputs.label }}>", in: scope())
        let outputs = ["extract": ["label": "{{ params.region }} $(reboot)"]]
        #expect(try template.render(context(outputs: outputs)) == "<{{ params.region }} $(reboot)>")
    }

    @Test func `values in a URL are percent-encoded and its own text is not`() throws {
        let template = try Template(parsing: "https://x/?q={{ tasks.extract.outputs.label }}", in: scope())
        let outputs = ["extract": ["label": "a&b=ü/~"]]
        #expect(try template.render(context(outputs: outputs), encoding: .percent) == "https://x/?q=a%26b%3D%C3%BC%2F~")
    }

    @Test(arguments: [
        (
            "{{ params.regoin }}", 3, "unknown param 'regoin'; declared: day, full, limit, list, region, share",
            "did you mean 'params.region'?"
        ),
        ("ab {{ region }}", 6, "unknown name 'region'", "a param is written params.region"),
        ("{{ tasks.extrct.outputs.rows }}", 3, "unknown task 'extrct'", "did you mean 'extract'?"),
        (
            "{{ tasks.extract.outputs.row }}", 3,
            "task 'extract' has no output 'row'; declared: rows, files, seen, label", "did you mean 'rows'?"
        ),
        (
            "{{ tasks.later.outputs.x }}", 3, "task 'load' uses an output of 'later', but does not run after it",
            "add 'later' to the needs of 'load'"
        ),
        ("{{ tasks.load.outputs.x }}", 3, "task 'load' cannot use an output of its own", nil),
        ("{{ logical_date | dat }}", 18, "unknown filter 'dat'; known: ", "did you mean 'date'?"),
        ("{{ logical_date | shift: later }}", 25, "'later' is not a span", nil),
        ("{{ params.day | shift: 1h }}", 16, "a date can be shifted by days", nil),
        ("{{ logical_date | shift }}", 18, "the filter 'shift' needs a value", "for instance shift: -1d"),
        ("{{ logical_date | date: x }}", 24, "the filter 'date' takes no value", nil),
        ("{{ logical_date | format: '%Q' }}", 27, "unknown code in the format", nil),
        ("{{ logical_date | in: Nowhere }}", 22, "no zone 'Nowhere'", nil),
        (
            "{{ params.region | date }}", 19, "the filter 'date' works on dates and times, not on string",
            "declare it as date or datetime"
        ),
        (
            "{{ params.region | default: x }}", 28, "only an output or a part of an item can be missing",
            "a param has its default where it is declared"
        ),
        (
            "{{ item.name }}", 3, "'item' has no meaning here: it is known in a mapped task only",
            "a task with for_each has one in its env, http and when"
        ),
        ("{{ logical_date", 0, "this '{{' has no '}}'", nil),
        ("{{ logical_date date }}", 16, "expected '|' or '}}'", nil),
        ("{{ }}", 3, "expected a name", nil),
        ("${{ params.region }}", 0, "'${{' is not known here", "write {{ … }} without the dollar sign"),
        ("{{ \"x }}", 3, "this quoted text does not end", nil),
    ])
    func `a mistake is found with its place`(source: String, offset: Int, message: String, hint: String?) {
        let problem = #expect(throws: TemplateProblem.self) { try Template(parsing: source, in: scope()) }
        #expect(problem?.message.hasPrefix(message) == true, "\(problem?.message ?? "")")
        #expect(problem?.offset == offset)
        if let hint { #expect(problem?.hint == hint) }
    }

    @Test func `a missing output fails with a sentence`() throws {
        let template = try Template(parsing: "{{ tasks.extract.outputs.rows }}", in: scope())
        let error = #expect(throws: TemplateError.self) { try template.render(context(outputs: [:])) }
        #expect(error?.description == "task 'load' needs output 'rows' of task 'extract', which it did not publish")
    }

    @Test func `an output of the wrong type fails with a sentence`() throws {
        let template = try Template(parsing: "{{ tasks.extract.outputs.rows }}", in: scope())
        let error = #expect(throws: TemplateError.self) {
            try template.render(context(outputs: ["extract": ["rows": "many"]]))
        }
        #expect(
            error?.description
                == "task 'load' uses tasks.extract.outputs.rows, which is 'many', but must be a whole number, such as 42"
        )
    }

    @Test func `days are moved by the calendar and hours by the clock across a change of the clocks`() throws {
        let zones = ZoneDatabase()
        let berlin = try zones.rules(for: "Europe/Berlin")
        let scope = scope { try zones.rules(for: $0) }
        var context = context(zone: berlin)
        context.logicalDate = try #require(Timestamp(rfc3339: "2026-03-29T12:00:00+02:00"))
        func render(_ text: String) throws -> String { try Template(parsing: text, in: scope).render(context) }
        #expect(try render("{{ logical_date | shift: -1d }}") == "2026-03-28T11:00:00Z")
        #expect(try render("{{ logical_date | shift: -24h }}") == "2026-03-28T10:00:00Z")
        #expect(try render("{{ logical_date | in: Europe/Berlin }}") == "2026-03-29T12:00:00+02:00")
        #expect(try render("{{ logical_date | in: Asia/Tokyo | format: '%H:%M %z' }}") == "19:00 +0900")
        #expect(try render("{{ logical_date | in: Asia/Tokyo | shift: 12h | date }}") == "2026-03-30")
        context.logicalDate = try #require(Timestamp(rfc3339: "2026-08-20T22:30:00Z"))
        #expect(try render("{{ logical_date | date }}") == "2026-08-21")
    }
}
