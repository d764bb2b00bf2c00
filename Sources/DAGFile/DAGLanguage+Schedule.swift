import Core
import YAML

extension DAGLanguage {
    /// When a DAG runs.
    static let schedule = Form.either([
        .text(Rules.cron), .list(of: .text(Rules.cron), noun: "cron expressions"), .object(scheduleObject),
    ])

    private static let scheduleObject = ObjectForm(
        title: "A schedule",
        noun: "a schedule",
        keys: [
            Key(
                "cron",
                .either([.text(Rules.cron), .list(of: .text(Rules.cron), noun: "cron expressions")]),
                "A cron expression of five fields, or six with seconds first, or a list of them.",
                example: "\"30 4 * * *\""
            ),
            Key(
                "every",
                .text(.duration(from: .seconds(1))),
                "An even interval, counted from `start`, else from 1970 in UTC.",
                example: "15m"
            ),
            Key(
                "at",
                .either([.text(Rules.instant), .list(of: .text(Rules.instant), noun: "times")]),
                "Single instants.",
                example: "[2026-12-24T18:00:00]"
            ),
            Key(
                "timezone",
                .text(Rules.zone),
                standard: "UTC",
                "The IANA name of the zone in which all of this is read.",
                example: "Europe/Berlin"
            ),
            Key("start", .text(Rules.instant), "No run stands for an instant before it.", example: "2026-01-01"),
            Key("end", .text(Rules.instant), "No run stands for this instant or a later one.", example: "2027-01-01"),
            Key(
                "catchup",
                .text(.choice(Schedule.Catchup.allCases.map(\.rawValue))),
                standard: "latest",
                "Which of the instants that passed while nothing was scheduling are made up for."
            ),
            Key(
                "catchup_window",
                .text(.duration(from: .seconds(1))),
                standard: "7d",
                "How far back `catchup: all` reaches."
            ),
            Key(
                "overlap",
                .text(.choice(Schedule.Overlap.allCases.map(\.rawValue))),
                standard: "queue",
                "What happens to an instant that comes while an earlier scheduled run is unfinished: wait, skip it, cancel the earlier one, or run both."
            ),
            Key(
                "start_deadline",
                .text(.duration(from: .seconds(1))),
                "A run that has not started so long after its instant is cancelled.",
                example: "2h"
            ),
            Key(
                "jitter",
                .text(.duration(from: .zero)),
                standard: "0s",
                "The span over which the starts of many DAGs are spread; stable for each DAG.",
                example: "5m"
            ),
            Key(
                "shadow",
                .boolean,
                standard: "false",
                "Whether its instants are only noted and nothing runs: for a while beside another scheduler, to compare."
            ),
            Key(
                "calendar",
                .text(CalendarLanguage.name),
                "On which days it may run: a file `calendars/NAME.yaml` of the DAG folder. Instants on other days are skipped.",
                example: "business_days"
            ),
            Key(
                "shift",
                .text(.choice(CalendarShift.allCases.map(\.rawValue))),
                "To where the calendar moves instants of other days, at the same time of the day, rather than skipping them."
            ),
        ],
        hints: [
            "interval": "write it as 'every'", "tz": "write it as 'timezone'", "time_zone": "write it as 'timezone'",
            "zone": "write it as 'timezone'", "start_date": "write it as 'start'", "end_date": "write it as 'end'",
            "from": "write it as 'start'", "to": "write it as 'end'", "until": "write it as 'end'",
            "crons": "write it as 'cron', which takes a list too", "paused": "write it at the root of the file",
            "timeout": "write it at the root of the file",
        ],
        notes:
            "A text alone, or a list of texts, is `cron`. `cron`, `every` and `at` may stand together; rules that fall "
            + "on one instant give one run."
    )
}
