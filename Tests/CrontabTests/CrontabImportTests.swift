import Core
import DAGFile
import Testing
import YAML
import Zones

@testable import Crontab

/// From the text of a crontab to DAG files.
struct CrontabImportTests {
    private let zones = ZoneDatabase()

    private func take(_ text: String, hasUsers: Bool? = nil, source: CrontabSource? = nil) -> CrontabImport.Result {
        var all = CrontabImport()
        let source = source ?? CrontabSource(name: "test", timezone: "Europe/Berlin")
        return all.take(Crontab(Array(text.utf8), hasUsers: hasUsers), from: source)
    }

    /// Reads a file as the server would; its errors are the test's.
    private func parse(_ made: CrontabDAG) throws -> DAG {
        let zones = zones
        let result = DAGFile.parse(source: Array(made.text.utf8), path: "\(made.name).yaml", id: made.name) {
            try zones.rules(for: $0)
        }
        return try #require(result.dag, "\(result.problems)\n\(made.text)")
    }

    @Test func `a job becomes a file that reads as its line does`() throws {
        let text = """
            MAILTO=ops@example.com
            GREETING="a b"
            # Backs up the shop: "all" of it
            30 2 * * * /usr/local/bin/backup.sh --to '/mnt/my disk' > /dev/null 2>&1

            """
        let made = take(text).dags
        #expect(
            made.map(\.text) == [
                """
                # From test:
                #   30 2 * * * /usr/local/bin/backup.sh --to '/mnt/my disk' > /dev/null 2>&1
                # Note: its output was mailed to ops@example.com; here it is in the logs.
                description: "Backs up the shop: \\"all\\" of it"
                tags: [crontab]
                schedule:
                  cron: "30 2 * * *"
                  timezone: Europe/Berlin
                  catchup: none
                  overlap: allow
                env:
                  PATH: /usr/bin:/bin
                  SHELL: /bin/sh
                  GREETING: "a b"
                tasks:
                  backup:
                    shell: /bin/sh
                    run: |
                      cd "$HOME" || exit
                      /usr/local/bin/backup.sh --to '/mnt/my disk' > /dev/null 2>&1

                """
            ]
        )
        let dag = try parse(made[0])
        #expect(dag.description == "Backs up the shop: \"all\" of it")
        #expect(dag.schedule?.overlap == .allow && dag.schedule?.catchup == Schedule.Catchup.none)
    }

    @Test func `Debian's own crontab becomes four DAGs with names of their own`() throws {
        var all = CrontabImport()
        let crontab = Crontab(try Fixture.bytes("crontab/debian"))
        let result = all.take(crontab, from: CrontabSource(name: "/etc/crontab", timezone: "Etc/UTC"))
        #expect(result.dags.map(\.name) == ["cron_hourly", "cron_daily", "cron_weekly", "cron_monthly"])
        #expect(result.dags.map(\.user) == ["root", "root", "root", "root"])
        #expect(result.refusals.isEmpty)
        for made in result.dags { _ = try parse(made) }
    }

    @Test func `every valid expression of public repositories is taken over as it is, every other has a reason`() throws
    {
        var counts = (taken: 0, refused: 0)
        for line in try Fixture.lines("cron/real.jsonl") {
            let item = try #require(JSONValue(parsing: line))
            guard case .string(let expression) = item["expr"], case .boolean(let isValid) = item["valid"] else {
                Issue.record("\(line)")
                continue
            }
            let fields = expression.split(whereSeparator: { $0 == " " || $0 == "\t" })
            // Of other shapes cron would take a field for the command.
            guard fields.count == 5 || expression.hasPrefix("@") else { continue }
            let result = take("\(expression) /usr/bin/run it\n", hasUsers: false)
            #expect(result.dags.count == (isValid ? 1 : 0) && result.refusals.count == (isValid ? 0 : 1), "\(line)")
            for made in result.dags {
                let dag = try parse(made)
                #expect(dag.schedule != nil, "\(line)")
                #expect(made.job.schedule == fields.joined(separator: " "))
                counts.taken += 1
            }
            counts.refused += result.refusals.count
        }
        #expect(counts.taken > 100 && counts.refused > 5, "\(counts)")
    }

    @Test(
        arguments: [
            ("0 22-2 * * MONDAY", "cron: \"0 22-23,0-2 * * MON\""), ("0 22-2/2 * * *", "cron: \"0 22,0,2 * * *\""),
            ("0 0 ? * *", "cron: \"0 0 * * *\""), ("/5 * * * *", "cron: \"*/5 * * * *\""),
            ("*/0 * * * *", "cron: \"* * * * *\""), ("0 5,, * * JANUARY", nil),
            ("0 5 * JANUARY,mar *", "cron: \"0 5 * JAN,mar *\""), ("0 0 1, * *", "cron: \"0 0 1 * *\""),
            ("@every 90m", "every: 90m"), ("@every 1h30m", "every: 90m"), ("@every never", nil),
            ("@dayly", "cron: \"@daily\""), ("@every_minute", "cron: \"* * * * *\""),
            ("@quarterly", "cron: \"0 0 1 */3 *\""), ("61 * * * *", nil), ("H * * * *", nil), ("0 0 30 2 *", nil),
        ] as [(String, String?)]
    )
    func `a schedule that cannot be taken over is listed with the mended form`(schedule: String, mended: String?) throws
    {
        let result = take("\(schedule) run\n")
        let refusal = try #require(result.refusals.first)
        #expect(result.dags.isEmpty && refusal.hint == mended, "\(refusal)")
        #expect(!refusal.reason.isEmpty)
    }

    @Test(arguments: [("@reboot", "systemd"), ("0~30 4 * * *", "jitter")])
    func `what has no like here is refused with a hint`(schedule: String, word: String) {
        #expect(take("\(schedule) run\n").refusals.first?.hint?.contains(word) == true)
    }

    @Test func `names are unique, and do not depend on the lines around them`() throws {
        let text = "0 1 * * * /a/run.sh\n0 2 * * * /b/run.sh\n0 3 * * * RUN\n0 2 * * * /b/run.sh\n"
        let names = take(text).dags.map(\.name)
        #expect(Set(names.map { $0.lowercased() }).count == 4 && names[0] == "run")
        #expect(names[3] == names[1] + "_2")
        #expect(take("# new\nX=1\n\n" + text).dags.map(\.name) == names)
        #expect(take("0 0 * * * /usr/bin/7z\n").dags.map(\.name) == ["7z"])
        _ = try parse(take("0 0 * * * /usr/bin/7z\n").dags[0])
    }

    @Test func `a shadow, a zone, a delay and a home go to where they belong`() throws {
        let text = "CRON_TZ=Asia/Tokyo\nTZ=UTC\nRANDOM_DELAY=20\nHOME=/srv/x\nLOGNAME=eve\n0 1 * * * run\n"
        let source = CrontabSource(
            name: "crontab of bob@db1",
            timezone: "Europe/Berlin",
            user: "bob",
            runner: "db1",
            isShadow: true
        )
        let made = take(text, source: source).dags[0]
        let lines = made.text.split(separator: "\n").map(String.init)
        for line in [
            "  timezone: Asia/Tokyo", "  jitter: 20m", "  shadow: true", "    runner: db1", "    working_dir: /srv/x",
            "  TZ: UTC", "  HOME: /srv/x",
        ] { #expect(lines.contains(line), "\(line)\n\(made.text)") }
        #expect(!made.text.contains("LOGNAME:") && !made.text.contains("  CRON_TZ:") && !made.text.contains("cd "))
        #expect(made.user == "bob" && made.notes.count == 6, "\(made.notes)")
    }

    @Test(
        arguments: [
            ("5/15 * * * *", "refuses '5/15'"), ("0 0 L * *", "does not know 'L'"), ("0 0 * * FRI#1", "'FRI#1'"),
            ("0 0 * * FRI-SUN", "never ran on 'FRI-SUN'"), ("0 0 1-7 * MON", "did you mean"),
        ]
    )
    func `where a schedule means something else than to Debian's cron, a note says so`(schedule: String, words: String)
    {
        #expect(take("\(schedule) run\n").dags.first?.notes.contains { $0.contains(words) } == true)
    }

    @Test(arguments: ["0 0 JUL,AUG * *", "0 0 1-5/2 JUL MON-FRI", "*/15 0-23/2 * * SUN", "0 9 * * SUN-SAT"])
    func `usual schedules have no such note`(schedule: String) {
        #expect(take("\(schedule) run\n").dags.first?.notes.allSatisfy { !$0.contains("Debian") } ?? true)
    }

    @Test(
        arguments: [
            "plain", "{{ x }}", "${{ x }}", "a: b", "yes", "1.10", "~", "#", "'", "\\", "\u{1B}[0m", "ä\u{2028}\u{85}",
            "- x",
            "@x", "%x", "*x", "&x", "null", " ", "", "a\tb", "{{{", "}}",
        ]
    )
    func `every value of a variable comes back byte for byte`(value: String) throws {
        let text = "X='\(value)'\n0 1 * * * run\n"
        let quoted = value == "'" ? "X=\"'\"\n0 1 * * * run\n" : text
        let dag = try parse(take(quoted).dags[0])
        let start = Timestamp(seconds: 0)
        let context = EvaluationContext(
            dagID: "x",
            runID: "x/1",
            runType: "manual",
            logicalDate: start,
            dataIntervalStart: start,
            dataIntervalEnd: start,
            taskID: "x",
            zone: .utc
        )
        let variable = try #require(dag.environment.first { $0.name == "X" })
        #expect(try Array(variable.value.render(context).utf8) == Array(value.utf8))
    }
}
