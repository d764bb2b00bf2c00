import Testing

@testable import Crontab

/// Whole crontabs.
struct CrontabTests {
    private func read(_ text: String, hasUsers: Bool? = nil) -> Crontab {
        Crontab(Array(text.utf8), hasUsers: hasUsers)
    }

    @Test func `Debian's own crontab is a system crontab of four jobs`() throws {
        let crontab = Crontab(try Fixture.bytes("crontab/debian"))
        #expect(crontab.hasUsers)
        #expect(crontab.jobs.map(\.schedule) == ["17 * * * *", "25 6 * * *", "47 6 * * 7", "52 6 1 * *"])
        #expect(crontab.jobs.map(\.user) == ["root", "root", "root", "root"])
        #expect(
            crontab.jobs.last?.command.script
                == "test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.monthly; }"
        )
        #expect(crontab.jobs[0].variables.map(\.name) == ["SHELL", "PATH"])
        #expect(crontab.jobs.allSatisfy { $0.comment.isEmpty }, "the legend belongs to no job")
        #expect(crontab.unreadable.isEmpty && crontab.commentedOut.isEmpty && crontab.remarks.isEmpty)
    }

    @Test func `variables apply to the lines below them, and the last one counts`() {
        let crontab = read("0 1 * * * a\nX=1\n0 2 * * * b\nX=2\nY=3\n0 3 * * * c\n")
        #expect(
            crontab.jobs.map { $0.variables.map { "\($0.name)=\($0.value)" } } == [[], ["X=1"], ["X=2", "Y=3"]]
        )
    }

    @Test func `the comment directly above a job describes it`() {
        let crontab = read(
            """
            # Far away.

            # ---------
            # Makes a backup
            #   of the shop. #
            # ---------
            0 1 * * * a
            0 2 * * * b
            # About the variable
            X=1
            0 3 * * * c
            # m h  dom mon dow   command
            0 4 * * * d

            """
        )
        #expect(crontab.jobs.map(\.comment) == [["Makes a backup", "of the shop."], [], [], []])
    }

    @Test func `jobs that were switched off are listed, prose is not`() {
        let crontab = read(
            "#0 5 * * * old\n# 0 5 * * 1 tar -zcf /var/backups/home.tgz /home/\n## @daily x\n# 5 things to do\n0 1 * * * a\n"
        )
        #expect(crontab.commentedOut.map(\.line) == [1, 3])
        #expect(crontab.jobs.first?.comment == ["5 things to do"])
    }

    @Test(
        arguments: [
            ("0 5 * * * root run this", true), ("0 5 * * * www-data php x\n@daily root y", true),
            ("0 5 * * * root -b -q macro.C", false), ("0 5 * * * run root", false),
            ("0 5 * * * root run\n0 6 * * * backup", false), ("0 5 * * * alice run", false), ("", false),
        ]
    )
    func `a system crontab is known by users that stand in every line`(text: String, hasUsers: Bool) {
        #expect(read(text).hasUsers == hasUsers)
    }

    @Test func `a line takes users where it is told to`() {
        #expect(read("0 5 * * *\talice \t run  x\n", hasUsers: true).jobs.first?.user == "alice")
        #expect(read("0 5 * * *\talice \t run  x\n", hasUsers: true).jobs.first?.command.script == "run  x")
        #expect(read("0 5 * * *\troot run\n", hasUsers: false).jobs.first?.command.script == "root run")
    }

    @Test(
        arguments: [
            ("0 5 * * *", "no command"), ("@daily", "no command"), ("just words", "neither"), ("0 5 * *", "neither"),
            ("CASE=\"open", "neither"),
        ]
    )
    func `a line that is nothing is listed with the reason`(text: String, reason: String) {
        let crontab = read(text + "\n")
        #expect(crontab.jobs.isEmpty)
        #expect(crontab.unreadable.first?.reason.contains(reason) == true, "\(crontab.unreadable)")
    }

    @Test func `a system line without a command says so`() {
        #expect(read("@daily root\n", hasUsers: true).unreadable.first?.reason.contains("and the user") == true)
    }

    @Test func `bytes that are no text are refused, the other lines are not`() {
        let crontab = Crontab(Array("0 1 * * * caf".utf8) + [0xE9, 10] + Array("0 2 * * * b\n".utf8))
        #expect(crontab.unreadable.map(\.line) == [1])
        #expect(crontab.jobs.map(\.line) == [2])
    }

    @Test func `cronie's minus, indentation and Windows line ends are understood`() {
        let crontab = read("-*/5 * * * * a\r\n \t0 1 * * * b\r\n")
        #expect(crontab.jobs.map(\.schedule) == ["*/5 * * * *", "0 1 * * *"])
        #expect(crontab.jobs.map(\.isQuiet) == [true, false])
        #expect(crontab.jobs.map(\.command.script) == ["a", "b"])
        #expect(crontab.remarks.count == 1)
        #expect(read("0 1 * * * a").remarks.count == 1, "Debian's cron ignores a file whose last line has no end")
    }
}
