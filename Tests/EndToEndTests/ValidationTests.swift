import Core
import Glibc
import TestKit
import Testing

/// From a file in the folder to a DAG in force: mistakes, changes, removals, and a folder that goes away.
struct ValidationTests {
    static let good = """
        tasks:
          extract: {run: echo one}
          load: {needs: extract, run: echo two}
        """
    static let bad = """
        tasks:
          extract: {run: echo one}
          load:
            needs: extrct
            run: echo two
        """

    @Test func `a mistake is shown with its place, what is wrong and what was meant`() async throws {
        try await Station.with { station in
            try station.write("sales.yaml", Self.bad)
            let path = station.dags + "/sales.yaml"
            let result = try await station.bare(["validate", path])
            #expect(result.exitCode == 1, "\(result)")
            let said = result.text + result.errorText
            #expect(said.contains("sales.yaml:4:12: error: unknown task 'extrct'"), "\(result)")
            #expect(said.contains("did you mean 'extract'?"), "\(result)")
            let json = try await station.bare(["validate", station.dags, "--json"])
            #expect(json.exitCode == 1)
            let document = try #require(JSONValue(parsing: json.text), "\(json)")
            let problems = document["files"]?.elements.first?["problems"]?.elements ?? []
            let error = try #require(problems.first { $0.text("severity") == "error" }, "\(json)")
            #expect(error["line"]?.integer == 4 && error["column"]?.integer == 12, "\(error)")
            try station.write("sales.yaml", Self.good)
            #expect(try await station.bare(["validate", path]).exitCode == 0)
            #expect(try await station.bare(["validate", station.folder + "/none.yaml"]).exitCode != 0)
        }
    }

    @Test func `programs are told of a file that is not valid, apart from schedules that differ`() async throws {
        try await Station.with { station in
            let (old, new) = (station.folder + "/old.yaml", station.folder + "/new.yaml")
            let bad = station.folder + "/bad.yaml"
            let text = "schedule: '0 6 * * *'\ntasks: {a: {timeout: 1m, run: echo}}\n"
            try station.put("old.yaml", text)
            try station.put("new.yaml", text.replacing("0 6", with: "0 7"))
            try station.put("bad.yaml", Self.bad)
            #expect(try await station.bare(["schedule", "diff", old, old]).exitCode == 0)
            #expect(try await station.bare(["schedule", "diff", old, new]).exitCode == 1)
            for command in [["schedule", "diff", old, bad], ["explain", bad], ["explain", bad + ".none.yaml"]] {
                let result = try await station.bare(command + ["--json"])
                let document = JSONValue(parsing: result.text)
                #expect([2, 3].contains(result.exitCode), "\(result)")
                #expect(document?["error"]?.text("message")?.isEmpty == false, "\(result)")
            }
            let invalid = try await station.bare(["explain", bad, "--json"])
            let error = JSONValue(parsing: invalid.text)?["error"]
            #expect(invalid.exitCode == 2 && error?.text("kind") == "invalid-file", "\(invalid)")
            #expect(error?["problems"]?.elements.contains { $0["line"]?.integer == 4 } ?? false, "\(invalid)")
            for command in [["cron", "next", "@daily", "--count", "0"], ["cron", "next"]] {
                let result = try await station.bare(command + ["--json"])
                let kind = JSONValue(parsing: result.text)?["error"]?.text("kind")
                #expect(result.exitCode == 2 && kind == "usage", "\(result)")
            }
        }
    }

    @Test func `a broken file leaves the last good version in force until it is mended`() async throws {
        try await Station.with { station in
            _ = try await station.start(["sales.yaml": Self.good])
            try station.write("sales.yaml", Self.bad)
            try await eventually("the file's error in the listing") {
                try await station.rota("dags", "list").errorText.contains("sales.yaml:4:12: unknown task 'extrct'")
            }
            let shown = try await station.json("dags", "show", "sales")
            #expect(shown["version"]?.integer == 1 && shown["broken"] == .boolean(true), "\(shown)")
            let before = try await station.rota("trigger", "sales", "--wait", "--json")
            #expect(before.exitCode == 0 && JSONValue(parsing: before.text)?["version"]?.integer == 1, "\(before)")

            try station.write("sales.yaml", Self.good.replacing("echo two", with: "echo three"))
            try await eventually("the second version") {
                try await station.json("dags", "show", "sales")["version"]?.integer == 2
            }
            let listed = try await station.rota("dags", "list")
            #expect(!listed.errorText.contains("sales.yaml"), "\(listed)")
            #expect(try await station.rota("trigger", "sales", "--wait").exitCode == 0)
            #expect(try await station.rota("logs", "sales/latest", "load").text == "three\n")
        }
    }

    @Test func `a calendar in the folder governs the DAGs that name it, and its change is a new version of them`()
        async throws
    {
        try await Station.with { station in
            let daily = "schedule: {cron: '0 6 * * *', calendar: week}\ntasks: {a: {run: echo}}\n"
            try station.write("calendars/week.yaml", "block: [sat, sunday]\n")
            _ = try await station.start(["plain.yaml": Self.good])
            try station.write("daily.yaml", daily)
            try await eventually("the mistakes in the listing") {
                let told = try await station.rota("dags", "list").errorText
                return told.contains("calendars/week.yaml:1:14")
                    && told.contains("daily.yaml:1:41: the calendar 'week' has errors")
            }
            try station.write("calendars/week.yaml", "block: [sat, sun]\n")
            try await station.awaitDAG("daily")
            let explained = try await station.json("explain", "daily", "--count", "7")
            let days = explained["next"]?.elements.compactMap { $0.text("at")?.prefix(10) } ?? []
            #expect(days.count == 7)
            for day in days { #expect(CivilDate(day).map { ![0, 6].contains($0.weekday) } ?? false, "\(day)") }
            try station.write("calendars/week.yaml", "block: [mon-fri]\n")
            try await eventually("the second version") {
                try await station.json("dags", "show", "daily")["version"]?.integer == 2
            }
            #expect(try await station.json("dags", "show", "plain")["version"]?.integer == 1)
            let next = try #require(try await station.json("dags", "show", "daily").text("next_tick"))
            #expect(CivilDate(String(next.prefix(10))).map { [0, 6].contains($0.weekday) } ?? false, "\(next)")

            let checked = try await station.bare(["validate", station.dags])
            #expect(checked.exitCode == 0 && checked.errorText.contains("3 files"), "\(checked)")
            try station.write("calendars/week.yaml", "include: none\n")
            let broken = try await station.bare([
                "validate", station.dags + "/daily.yaml", station.dags + "/calendars/week.yaml",
            ])
            #expect(broken.exitCode == 1, "\(broken)")
            #expect((broken.text + broken.errorText).contains("calendars/week.yaml:1:10"), "\(broken)")
        }
    }

    @Test func `a file that never was good is listed, and running tasks keep their version`() async throws {
        try await Station.with { station in
            let waits = "tasks:\n  first: {run: 'until [ -e \(station.witness)/go ]; do sleep 0.05; done'}\n"
            let old = waits + "  second: {needs: first, run: echo old}\n"
            try station.write("worse.yaml", "tasks: [\n")
            let server = try await station.start(["sales.yaml": old])
            try await eventually("the broken file in the listing") {
                try await station.rota("dags", "list").errorText.contains("worse.yaml:")
            }
            #expect(!server.hasEnded)
            let run = try await station.trigger("sales")
            try await station.awaitTask("first", of: run, "running")
            try station.write("sales.yaml", "tasks: {other: {run: echo new}}")
            try await eventually("the second version") {
                try await station.json("dags", "show", "sales")["version"]?.integer == 2
            }
            try station.leave("go")
            let ended = try await station.awaitRun(run, "success")
            #expect(ended["version"]?.integer == 1 && ended.task("second") != nil, "\(ended)")
            #expect(try await station.rota("logs", run, "second").text == "old\n")
        }
    }

    @Test func `a removed file retires its DAG, and coming back it is the same one`() async throws {
        try await Station.with { station in
            _ = try await station.start(["sales.yaml": Self.good, "other.yaml": Self.good])
            #expect(try await station.rota("trigger", "sales", "--wait").exitCode == 0)
            #expect(try await station.rota("dags", "pause", "sales").exitCode == 0)
            unsafe unlink(station.dags + "/sales.yaml")
            try await eventually("a retired DAG") {
                try await station.json("dags", "list").items.compactMap { $0.text("id") } == ["other"]
            }
            let refused = try await station.rota("trigger", "sales")
            #expect(refused.exitCode == 5 || refused.exitCode == 3, "\(refused)")
            #expect(try await station.json("runs", "list", "--dag", "sales").items.count == 1)

            try station.write("sales.yaml", Self.good)
            try await eventually("the DAG's return") {
                try await station.json("dags", "list").items.count == 2
            }
            let back = try await station.json("dags", "show", "sales")
            #expect(back["paused"] == .boolean(true) && back["version"]?.integer == 1, "\(back)")
            #expect(try await station.json("runs", "list", "--dag", "sales").items.count == 1)
        }
    }

    @Test func `a folder that vanishes, or is suddenly empty, retires nothing`() async throws {
        try await Station.with { station in
            let server = try await station.start(["sales.yaml": Self.good])
            let away = station.folder + "/away"
            unsafe rename(station.dags, away)
            try await eventually("a word about the folder") {
                String(decoding: server.errorOutput, as: UTF8.self).contains(station.dags)
            }
            // Longer than the grace after which a file that is really gone retires its DAG.
            let end = ContinuousClock.now + .seconds(14)
            try await eventually("the end of the grace") {
                let shown = try await station.json("dags", "show", "sales")
                #expect(shown.text("state") == "active")
                return ContinuousClock.now > end
            }
            #expect(try await station.rota("trigger", "sales").exitCode == 0)
            unsafe rename(away, station.dags)
            try station.write("late.yaml", Self.good)
            try await station.awaitDAG("late")
            #expect(try await station.json("dags", "show", "sales").text("state") == "active")
            #expect(try await station.rota("trigger", "late", "--wait").exitCode == 0)
        }
    }
}

extension String {
    /// The text with every occurrence of a part replaced.
    func replacing(_ part: String, with other: String) -> String {
        var result = ""
        var rest = self[...]
        while let first = rest.first {
            if rest.hasPrefix(part) {
                result += other
                rest = rest.dropFirst(part.count)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
