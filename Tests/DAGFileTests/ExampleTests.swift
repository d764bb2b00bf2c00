import Core
import DAGFile
import Testing
import YAML

/// The shipped examples: each is a file without a complaint, and does by plain bash what it says.
struct ExampleTests {
    static let names = [
        "archive_folder", "disk_space", "fails_on_purpose", "folder_sizes", "health_check", "log_digest",
        "sales_report",
    ]

    static func example(_ name: String) throws -> DAGFile.ParseResult {
        let source = try readFile(ReferenceTests.root + "/dags/\(name).yaml")
        let days = try readFile(ReferenceTests.root + "/dags/calendars/working_days.yaml")
        let calendars = CalendarSet(["working_days": Array(days.utf8)])
        return DAGFile.parse(
            source: Array(source.utf8),
            path: "\(name).yaml",
            id: name,
            now: .epoch,
            calendars: calendars
        ) {
            _ in .utc
        }
    }

    @Test(arguments: names)
    func `an example is without a complaint, and says what it is`(name: String) throws {
        let result = try ExampleTests.example(name)
        #expect(result.everything == [])
        let dag = try #require(result.dag)
        #expect(dag.description != nil)
        #expect(dag.owner != nil)
        #expect(dag.tags.contains("example"))
    }

    @Test func `every file in the folder is a tested example`() throws {
        let scan = try DAGFolder(path: ReferenceTests.root + "/dags").scan()
        #expect(scan.files.map(\.id) == ExampleTests.names)
        #expect(scan.problems == [])
    }

    private func run(_ name: String, params: [String: String] = [:]) throws -> ExampleRun {
        var run = try ExampleRun(dag: #require(ExampleTests.example(name).dag), params: params)
        try run.finish()
        return run
    }

    @Test func `an archive is made, verified and kept, and old ones go`() throws {
        let kept = try TemporaryFolder()
        try kept.write("common-licenses-20200101T000000.tar.gz", "old")
        try kept.write("common-licenses-20210101T000000.tar.gz", "newer")
        let run = try run("archive_folder", params: ["into": kept.path, "keep": "2"])
        #expect(run.states == ["pack": .success, "verify": .success, "keep": .success, "rotate": .success])
        #expect(
            kept.run("[ \"$(ls \"$1\" | wc -l)\" = 2 ] && [ ! -e \"$1/common-licenses-20200101T000000.tar.gz\" ]") == 0
        )
        #expect(try run.log("verify").contains("the archive equals the folder"))
    }

    @Test func `an archive that is damaged is not kept`() throws {
        let run = try run("archive_folder", params: ["folder": "/nonexistent/folder"])
        #expect(
            run.states == [
                "pack": .failed, "verify": .upstreamFailed, "keep": .upstreamFailed, "rotate": .upstreamFailed,
            ]
        )
    }

    @Test func `logs are digested, or said to be silent`() throws {
        let logs = try TemporaryFolder()
        try logs.write("a/app.log", "fine\nERROR one\nerror two\nDenied\n")
        let run = try run("log_digest", params: ["folder": logs.path])
        #expect(run.states["digest"] == .success)
        #expect(run.states["nothing_new"] == .skipped)
        #expect(try run.log("digest").contains("3 hits"))
        let empty = try TemporaryFolder()
        let silent = try self.run("log_digest", params: ["folder": empty.path])
        #expect(
            silent.states == [
                "find_logs": .success, "count_lines": .skipped, "count_words": .skipped, "digest": .skipped,
                "nothing_new": .success,
            ]
        )
    }

    @Test func `a service that is not there is skipped, and one that is ill raises the alarm`() throws {
        // Port 1 is nobody's: nothing answers on it.
        let quiet = try run("health_check", params: ["rota": "127.0.0.1:1"])
        #expect(quiet.states == ["rota": .skipped, "listed": .skipped, "alarm": .skipped, "all_well": .skipped])
        let list = try TemporaryFolder()
        try list.write("addresses", "# a comment\n\n127.0.0.1:1/healthz\n")
        let ill = try run("health_check", params: ["rota": "127.0.0.1:1", "file": list.path + "/addresses"])
        #expect(ill.states == ["rota": .skipped, "listed": .failed, "alarm": .success, "all_well": .upstreamFailed])
        #expect(try ill.log("listed").contains("127.0.0.1:1/healthz is NOT well"))
    }

    @Test func `a service that answers is well`() throws {
        let server = try OneAnswerServer("HTTP/1.0 200 OK\r\n\r\nok\n")
        let run = try run("health_check", params: ["rota": "127.0.0.1:\(server.port)"])
        #expect(try run.log("rota") == "127.0.0.1:\(server.port)/healthz answers 200\n")
        #expect(run.states == ["rota": .success, "listed": .skipped, "alarm": .skipped, "all_well": .success])
    }

    @Test func `sales become a report, and the branch is taken by what is in them`() throws {
        let run = try run("sales_report")
        #expect(run.states["report"] == .success)
        #expect(run.states["done"] == .success)
        #expect(try run.log("report").contains("Sales of 2020-08-20 (all)"))
        let strict = try self.run("sales_report", params: ["tolerated": "0", "region": "emea"])
        #expect(strict.states["complain"] == .success)
        #expect(strict.outputs["extract"]?["rows"] == "500")
    }

    @Test func `the failing example names its line, and a balance mends it`() throws {
        let run = try run("fails_on_purpose")
        #expect(
            run.states == [
                "prepare": .success, "settle": .failed, "audit": .failed, "publish": .upstreamFailed,
                "clean_up": .success,
            ]
        )
        let log = try run.log("settle")
        #expect(log.contains("error: '[ \"$balance\" -ge 0 ]' failed with exit code 1, in:"))
        #expect(log.contains("transfer") && log.contains("settle_all"))
        #expect(try run.log("audit").contains("bert owes 17 at "))
        let mended = try self.run("fails_on_purpose", params: ["balance": "0"])
        #expect(Set(mended.states.values) == [.success])
    }

    @Test func `folders are weighed, each by itself, and heavy ones are looked into`() throws {
        let folders = try TemporaryFolder()
        folders.run(#"mkdir "$1/a \"quoted\" one" && head -c 300000 /dev/zero > "$1/a \"quoted\" one/file""#)
        try folders.write("light/file", "x")
        let run = try run("folder_sizes", params: ["folder": folders.path, "heavy": "200"])
        #expect(run.states == ["list": .success, "weigh": .success, "look_into": .success, "report": .success])
        #expect(try run.log("weigh.1").contains("light: "))
        #expect(try run.log("look_into.0").contains("a \"quoted\" one/file"))
        #expect(throws: (any Error).self, "the light one is not looked into") { try run.log("look_into.1") }
        #expect(try run.log("report").contains("\(folders.path)/light"))
        let empty = try TemporaryFolder()
        let none = try self.run("folder_sizes", params: ["folder": empty.path])
        #expect(none.states == ["list": .success, "weigh": .skipped, "look_into": .skipped, "report": .success])
    }

    @Test func `disks are looked at, by plain POSIX`() throws {
        let run = try run("disk_space", params: ["limit": "100"])
        #expect(run.states["space"] == .success)
        #expect(try run.log("space").contains("Mounted on"))
        let tight = try self.run("disk_space", params: ["limit": "1"])
        #expect(tight.states["largest"] == .success || tight.outputs["space"]?["full"] == "0")
    }
}
