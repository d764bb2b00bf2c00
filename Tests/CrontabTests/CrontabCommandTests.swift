import Testing

@testable import Crontab

/// What cron hands to the shell, and what the shell's standard input then holds.
///
/// The right side of each row is what Debian's cron 3.0pl1-162 really handed over.
struct CrontabCommandTests {
    @Test(
        arguments: [
            (#"echo 01 a  b   "#, #"echo 01 a  b   "#, nil),
            (#"echo 02 100\% of"#, #"echo 02 100% of"#, nil),
            (#"cat 03%one%two"#, #"cat 03"#, "one\ntwo\n"),
            (#"cat 04%one%two%"#, #"cat 04"#, "one\ntwo\n"),
            (#"cat 05%"#, #"cat 05"#, nil),
            (#"cat 06%%"#, #"cat 06"#, "\n"),
            (#"cat 07%a\%b\\c\\\%d\x"#, #"cat 07"#, #"a%b\\c\\%d\x"# + "\n"),
            (#"echo 08 a\\b \\\\ \x \" \n"#, #"echo 08 a\b \\ \x \" \n"#, nil),
            (#"echo 09 \\%in"#, #"echo 09 \"#, "in\n"),
            (#"echo 10 \\\% x%in\"#, #"echo 10 \% x"#, "in\\\n"),
            (#"echo 11 %  lead  trail  "#, #"echo 11 "#, "  lead  trail  \n"),
            (#"echo 12 # no comment % y"#, #"echo 12 # no comment "#, " y\n"),
            (#"echo 33 %"#, #"echo 33 "#, nil),
            (#"echo 35 \"#, #"echo 35 \"#, nil),
            (#"echo 37 a%b%\"#, #"echo 37 a"#, "b\n\\"),
            ("echo 30 ä", "echo 30 ä", nil),
            ("echo 31\ttab\t", "echo 31\ttab\t", nil),
        ] as [(String, String, String?)]
    )
    func `a command and its input are those of Debian's cron`(text: String, script: String, input: String?) {
        let command = CrontabCommand(text)
        #expect(Array(command.script.utf8) == Array(script.utf8))
        #expect(command.input == input)
    }
}
