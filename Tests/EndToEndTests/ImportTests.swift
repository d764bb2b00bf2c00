import Core
import Glibc
import TestKit
import Testing

/// From a crontab to runs.
struct ImportTests {
    @Test func `an imported job runs as from cron, with its input`() async throws {
        try await Station.with { station in
            try station.put(
                "crontab",
                """
                HOME=\(station.witness)
                GREETING="hello  {{ you }}"
                # Says it
                0 4 * * * { pwd; echo "$GREETING"; cat; } > said; false; echo 100\\% >> said%a  b%$HOME
                0 22-2 * * * never

                """
            )
            _ = try await station.start()
            let imported = try await station.bare(["import", "crontab", "crontab", "--out", "dags"])
            #expect(imported.exitCode == 1, "one line is not taken over: \(imported)")
            #expect(imported.text.contains("write instead: cron: \"0 22-23,0-2 * * *\""), "\(imported)")
            try await station.awaitDAG("pwd")
            let run = try await station.rota("trigger", "pwd", "--wait")
            #expect(run.exitCode == 0, "\(run)")
            #expect(
                station.lines(of: "said") == [station.witness, "hello  {{ you }}", "a  b", "$HOME", "100%"]
            )
            let astray = try await station.bare(["import", "crontab", "crontab", "--timezone", "Europe/Belrin"])
            #expect(astray.exitCode == 2 && astray.errorText.contains("did you mean 'Europe/Berlin'?"), "\(astray)")
            let again = try await station.bare(["import", "crontab", "/dev/null", "--json"])
            #expect(again.exitCode == 0 && JSONValue(parsing: again.text)?["complete"] == .boolean(true), "\(again)")
        }
    }

    @Test func `the crontab of another host comes by ssh`() async throws {
        try await Station.with { station in
            // Stands for a host: what ssh is given there to run is run here.
            unsafe mkdir(station.folder + "/bin", 0o755)
            try station.put(
                "bin/ssh",
                "#!/bin/sh\necho \"$@\" >'\(station.witness)/words'\neval \"$(shift $(($# - 1)); echo \"$1\")\"\n"
            )
            try station.put(
                "bin/crontab",
                "#!/bin/sh\n[ -e '\(station.witness)/go' ] || { echo no crontab for ops >&2; exit 1; }\necho '0 4 * * * /opt/job'\n"
            )
            for name in ["ssh", "crontab"] { unsafe chmod("\(station.folder)/bin/\(name)", 0o755) }
            let path = ["PATH": "\(station.folder)/bin:/usr/bin:/bin"]
            let words = [
                "import", "crontab", "--host", "ops@db1.example.com", "--timezone", "Asia/Tokyo", "--out", "dags",
            ]

            let none = try await station.bare(words, environment: path)
            #expect(none.exitCode == 4 && none.errorText.contains("no crontab for ops"), "\(none)")

            try station.leave("go")
            let some = try await station.bare(words, environment: path)
            #expect(some.exitCode == 0, "\(some)")
            let file = try #require(TextFile.read(station.dags + "/job.yaml"))
            #expect(
                file.contains("\n    runner: db1\n") && file.contains("# From crontab of ops@db1.example.com:"),
                "\(file)"
            )
            #expect(station.lines(of: "words").first?.contains("-- ops@db1.example.com exec sh -c") == true)
        }
    }
}
