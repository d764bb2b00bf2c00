import Core
import YAML

/// The language of calendar files.
enum CalendarLanguage {
    /// A whole file.
    static let root = ObjectForm(
        title: "The calendar file",
        noun: "a calendar file",
        keys: [
            Key("description", .text(.any), "What the calendar is for.", example: "Working days in Germany."),
            Key(
                "include",
                .either([.text(name), .list(of: .text(name), noun: "names of calendars")]),
                "Other calendars whose days are taken over.",
                example: "[weekends]"
            ),
            Key("allow", days, "The only days allowed; left out, all are.", example: "mon-fri"),
            Key("block", days, "Days that are not, whatever allows them.", example: "[01-01, 2026-12-24..2026-12-31]"),
        ],
        hints: [
            "includes": "write it as 'include'", "allowed": "write it as 'allow'", "blocked": "write it as 'block'",
            "holidays": "write it as 'block'", "exclude": "write it as 'block'", "deny": "write it as 'block'",
            "dates": "write it as 'allow' or 'block'", "days": "write it as 'allow' or 'block'",
            "shift": "it is written under 'schedule' of a DAG file",
            "timezone": "a calendar has none: days are those of the DAG's own zone",
            "name": "the name is the file's; remove this key",
        ],
        notes:
            "A calendar is a file `calendars/NAME.yaml` in the DAG folder. Days are written as dates (`2026-12-24`), "
            + "ranges with both ends in them (`2026-12-24..2027-01-01`), weekdays (`sat`, `mon-fri`), and days of every year "
            + "(`12-25`, `12-24..12-31`). What is blocked is blocked, whatever allows it. A version of a DAG keeps the "
            + "calendars that it was made with."
    )

    /// The name of a calendar: what its file is called, without `.yaml`.
    static let name = TextRule(
        noun: "name of a calendar",
        expectation: "the name of a calendar: its file in 'calendars' without .yaml",
        schema: [.type("string"), .pattern("^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$")]
    ) { scalar in
        if TextRule.isNamePart(scalar.text) { return nil }
        for ending in [".yaml", ".yml"] where scalar.text.hasSuffix(ending) {
            let stem = scalar.text.dropLast(ending.count).split(separator: "/").last ?? ""
            return TextRule.Complaint(hint: "write '\(stem)'")
        }
        return TextRule.Complaint()
    }

    private static let days = Form.either([
        .text(CalendarDays.rule), .list(of: .text(CalendarDays.rule), noun: "days"),
    ])
}
