import Core
import DAGFile
import Glibc
import Testing
import YAML
import Zones

@testable import Crontab

/// What a shell makes of a script is what it makes of the command and input that cron hands it.
struct CrontabScriptTests {
    @Test(
        arguments: [
            #"printf '%s|' a "b  c" 'd'"#, #"printf 'x\%sy\n' 1 2"#, #"cat%one%two  %  three%"#, #"cat%%"#, #"cat%"#,
            #"read a; read b; echo "$b-$a"; cat%1%2%rest%$HOME `id` \\ 'x' "y""#, #"cat%INPUT%INPUT_%x"#,
            #"false; echo goes on"#, #"false | cat; echo $?"#, #"echo a\"#, #"echo a \\"#, #"echo '#' # a comment"#,
            #"exit 3"#, #"echo "unfinished"#, #"echo ä€😀 ; pwd"#, #"echo $SHELL $PATH $X"#, "echo\ttabs\t.", #"cat"#,
            #"X=2 sh -c 'echo $X'"#, #"echo {{.Names}} ${X:-y}"#, #"set -- a b; echo $# $@"#, #"cat%a\%b\\c\\\%d\x"#,
            #"trap 'echo bye' EXIT; echo hi"#, #"cat <<E;"#,
        ],
        ["/bin/sh", "/bin/bash"]
    )
    func `a script does what cron's command does`(line: String, shell: String) throws {
        let crontab = "SHELL=\(shell)\nHOME=/tmp\nX=it's \"1\"\n0 1 * * * \(line)\n"
        var all = CrontabImport()
        let source = CrontabSource(name: "test", timezone: "UTC")
        let made = try #require(all.take(Crontab(Array(crontab.utf8), hasUsers: false), from: source).dags.first)
        let zones = ZoneDatabase()
        let parsed = DAGFile.parse(source: Array(made.text.utf8), path: "x.yaml", id: "x") { try zones.rules(for: $0) }
        let task = try #require(parsed.dag?.tasks.first, "\(parsed.problems)")
        guard case .run(let script) = task.action else { throw Fixture.Missing(path: made.text) }

        let command = made.job.command
        let environment = ["PATH=/usr/bin:/bin", "SHELL=\(shell)", "HOME=/tmp", "X=it's \"1\""]
        let byCron = try Shell.run([shell, "-c", command.script], input: command.input ?? "", environment)
        let file = try Shell.write(script)
        defer { unsafe unlink(file) }
        let here = try Shell.run(task.shell + [file], input: "", environment)
        #expect(here.output == byCron.output, "\(made.text)")
        #expect(here.status == byCron.status, "\(made.text)")
    }

    @Test func `a shell that is no POSIX shell gets the command by -c, as from cron`() throws {
        var all = CrontabImport()
        let text = "SHELL=/usr/bin/python3\n0 1 * * * print('it''s', 1) # %in\n"
        let made = all.take(Crontab(Array(text.utf8)), from: CrontabSource(name: "test", timezone: "UTC")).dags[0]
        let script = CrontabScript(made.job, entersHome: true)
        #expect(script.shell == "/bin/sh")
        #expect(
            script.text == """
                cd "$HOME" || exit
                exec <<'INPUT'
                in
                INPUT
                exec '/usr/bin/python3' -c 'print('\\''it'\\'''\\''s'\\'', 1) # '

                """
        )
    }
}

/// Runs programs with files for their streams, so that nothing has to be read meanwhile.
enum Shell {
    struct Result {
        var output: [UInt8]
        var status: Int32
    }

    /// Runs a command in /tmp to its end.
    static func run(_ words: [String], input: String, _ environment: [String]) throws -> Result {
        let inputFile = try write(input)
        let outputFile = try write("")
        defer {
            unsafe unlink(inputFile)
            unsafe unlink(outputFile)
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, inputFile, O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, outputFile, O_WRONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] =
            unsafe (["env", "-C", "/tmp"] + words)
            .map { unsafe strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer {
            for index in unsafe arguments.indices { unsafe free(arguments[index]) }
            for index in unsafe variables.indices { unsafe free(variables[index]) }
        }
        var process: Int32 = 0
        let number = unsafe posix_spawn(&process, "/usr/bin/env", &actions, nil, &arguments, &variables)
        guard number == 0 else { throw Fixture.Missing(path: words[0]) }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        return Result(output: try Fixture.contents(outputFile), status: status)
    }

    /// Writes a file under /tmp and answers its path.
    static func write(_ text: String) throws -> String {
        var template = Array("/tmp/rota-crontab-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&template)
        guard descriptor >= 0 else { throw Fixture.Missing(path: "/tmp") }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Fixture.Missing(path: "/tmp") }
            rest = rest.dropFirst(count)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
