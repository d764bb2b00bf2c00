import ArgumentParser
import Core
import Crontab
import Glibc
import Host
import Testing
import Zones

@testable import rota

/// From crontabs to a folder of DAG files.
struct ImportTests {
    private static let text = "# Backs up\n0 1 * * * /opt/backup.sh\n@reboot /opt/start\n#0 2 * * * /opt/old\n"

    /// Lends a folder that does not exist yet.
    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/rota-import-XXXXXX".utf8CString)
        try #require(unsafe mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in ["backup.yaml", "backup.yml"] { unsafe unlink("\(folder)/a/dags/\(name)") }
            for name in ["a/dags", "a", ""] { unsafe rmdir("\(folder)/\(name)") }
        }
        try body(folder + "/a/dags")
    }

    private func report(_ folder: ImportFolder, _ text: String = text, isShadow: Bool = false) throws -> ImportReport {
        var folder = folder
        let input = CrontabInput(name: "test", bytes: Array(text.utf8), timezone: "Europe/Berlin")
        var all = CrontabImport()
        let result = all.take(input.crontab, from: input.description(isShadow: isShadow))
        var report = ImportReport(folder: folder, isShadow: isShadow)
        report.add(result, of: input, dags: try result.dags.map { try folder.take($0, ZoneDatabase()) })
        return report
    }

    private func states(_ report: ImportReport) -> [String?] {
        report.json.list("sources").flatMap { $0.list("jobs").map { $0.text("state") } }
    }

    @Test func `files are written once, left alone if they differ, and overwritten by force`() throws {
        try withFolder { path in
            let folder = ImportFolder(path: path + "/", overwrites: false, isDry: false)
            let dry = ImportFolder(path: path, overwrites: false, isDry: true)
            #expect(states(try report(dry)) == ["written"])
            #expect(SmallFile.read(path + "/backup.yaml", limit: 9) == nil, "a dry run writes nothing")

            #expect(states(try report(folder)) == ["written"])
            let first = try #require(SmallFile.read(path + "/backup.yaml"))
            #expect(states(try report(folder)) == ["unchanged"])

            let other = "0 2 * * * /opt/backup.sh\n"
            let stays = try report(folder, other)
            #expect(states(stays) == ["exists"] && !stays.isComplete)
            #expect(stays.lines.contains { $0.contains("--force") }, "\(stays.lines)")
            #expect(SmallFile.read(path + "/backup.yaml") == first)

            let forced = try report(ImportFolder(path: path, overwrites: true, isDry: false), other)
            #expect(states(forced) == ["replaced"] && forced.isComplete)
            #expect(SmallFile.read(path + "/backup.yaml") != first)
        }
    }

    @Test func `a file of the other ending stands for the same DAG`() throws {
        try withFolder { path in
            let folder = ImportFolder(path: path, overwrites: true, isDry: false)
            _ = try report(folder)
            #expect(unsafe rename(path + "/backup.yaml", path + "/backup.yml") == 0)
            #expect(states(try report(folder)) == ["exists"])
        }
    }

    @Test func `the report tells what was taken over, what not and why`() throws {
        let report = try report(ImportFolder(path: "/nowhere/dags", overwrites: false, isDry: true))
        #expect(
            report.lines == [
                "test (user crontab, Europe/Berlin)",
                "  line 2: would become /nowhere/dags/backup.yaml (0 1 * * *)",
                "  line 3: not taken over: @reboot /opt/start",
                "    @reboot is not a schedule: a workflow has no boot",
                "    write instead: a systemd unit of Type=oneshot that runs the command, or one that calls `rota trigger`",
                "  line 4: switched off, left out: #0 2 * * * /opt/old",
                "",
                "1 job can be taken over, 1 not, 1 switched off",
            ]
        )
        let source = try #require(report.json.list("sources").first)
        #expect(source.list("refused").first?.text("text") == "@reboot /opt/start")
        #expect(source.list("switched_off").first?["line"] == .number("4"))
        #expect(report.json.flag("complete") == false)
    }

    @Test func `a file that the server would refuse is not taken over`() throws {
        let text = "CRON_TZ=Europe/Belrin\n0 1 * * * a\nCRON_TZ=UTC\n0 2 * * * docker ps --format '{{ item }}'\n"
        let report = try report(ImportFolder(path: "/nowhere/dags", overwrites: false, isDry: true), text)
        let refused = report.json.list("sources").flatMap { $0.list("refused") }
        #expect(refused.count == 2 && !report.isComplete)
        #expect(refused.first?.text("reason")?.contains("Europe/Belrin") == true, "\(refused)")
        #expect(refused.last?.text("hint")?.contains("into a file") == true, "\(refused)")
    }

    @Test func `jobs of other users are for a person to decide`() throws {
        let text = "0 1 * * * www-data /opt/backup.sh\n"
        let report = try report(ImportFolder(path: "/nowhere/dags", overwrites: false, isDry: true), text)
        #expect(report.lines.contains { $0.hasPrefix("To be decided") }, "\(report.lines)")
        #expect(report.lines.contains("  backup runs as www-data"))
    }

    @Test(
        arguments: [
            ("/usr/share/zoneinfo/Europe/Berlin", "", "Europe/Berlin"),
            ("../usr/share/zoneinfo/posix/Asia/Tokyo", "UTC\n", "Asia/Tokyo"), ("", "Etc/UTC\n", "Etc/UTC"),
            ("/etc/zone", "", nil), ("", "", nil), ("", "no zone here\n", nil),
        ] as [(String, String, String?)]
    )
    func `the host's zone is where its localtime leads`(link: String, file: String, zone: String?) {
        #expect(HostZone.name(link: link, file: file) == zone)
    }

    @Test(
        arguments: [
            ("db1", nil, "db1"), ("ops@db1.example.com", "ops", "db1"), ("10.0.0.5", nil, "host-10-0-0-5"),
            ("ops@db-1", "ops", "db-1"),
        ] as [(String, String?, String)]
    )
    func `a host is a user and a name`(target: String, user: String?, runner: String) throws {
        let remote = try RemoteCrontab(target)
        #expect(remote.user == user && remote.runner == runner)
        let words = remote.arguments
        #expect(words.firstIndex(of: "--") == words.firstIndex(of: target).map { $0 - 1 })
    }

    @Test(arguments: ["-oProxyCommand=x", "ops@-x", "a b", "", "@db1", "ops@", "a@b@c", "$(x)", "db1;x", "ä"])
    func `what could be taken for an option or a command is no host`(target: String) {
        #expect(throws: ImportFailure.badTarget(target)) { try RemoteCrontab(target) }
    }

    @Test func `what a host says before its answer is not its crontab`() {
        let text = "Welcome!\nrota-zone:/usr/share/zoneinfo/Asia/Tokyo\nrota-zone:\n0 1 * * * a\n"
        let answer = RemoteCrontab.answer(Array(text.utf8))
        #expect(answer.zone == "Asia/Tokyo" && answer.crontab == Array("0 1 * * * a\n".utf8))
    }

    @Test(arguments: [
        ["import", "crontab"], ["import", "crontab", "-", "-"], ["import", "crontab", "x", "--out", ""],
    ])
    func `an import names what it reads and where it writes`(words: [String]) {
        #expect(throws: (any Error).self) { try Rota.parseAsRoot(words) }
    }
}
