import Settings
import Testing
import YAML

/// Who is told of failures, as `rota.yaml` says.
struct NotificationTests {
    private func parse(_ text: String) -> Settings.ParseResult {
        Settings.parse(source: Array(text.utf8), path: "rota.yaml")
    }

    @Test func `webhooks and commands are read`() throws {
        let settings = try #require(
            parse(
                """
                public_url: https://rota.example.com//
                notifications:
                  - {name: ops, webhook: "https://hooks.example.com/x", token_file: /etc/rota/token}
                  - {name: pager, command: [/bin/page, --urgent], dags: ["finance.*", sales]}
                """
            ).settings
        )
        #expect(settings.publicURL == "https://rota.example.com")
        #expect(
            settings.notifications == [
                NotificationSettings(
                    name: "ops",
                    means: .webhook(url: "https://hooks.example.com/x", tokenFile: "/etc/rota/token")
                ),
                NotificationSettings(
                    name: "pager",
                    means: .command(["/bin/page", "--urgent"]),
                    dags: ["finance.*", "sales"]
                ),
            ]
        )
    }

    @Test(arguments: [
        ("{name: a}", "'a' needs 'webhook' or 'command'"),
        ("{name: a, webhook: 'http://x', command: [/b]}", "'a' has both 'webhook' and 'command' [make two of it]"),
        ("{name: a, command: [page]}", "the command of 'a' must begin with a program's absolute path"),
        (
            "{name: a, command: [/b], token_file: /t}",
            "'token_file' has no meaning for a command; it belongs to 'webhook'"
        ),
        ("{name: a, webhook: 'ftp://x'}", "found 'ftp://x'"),
        ("{name: a, url: 'http://x'}", "[write it as 'webhook']"),
        ("{name: a, webhook: 'http://x'}, {name: a, webhook: 'http://y'}", "'a' is already declared in line 1"),
    ])
    func `a mistake is told with what was meant`(_ text: String, _ told: String) {
        let problems = parse("notifications: [\(text)]").problems.map { problem in
            problem.message + (problem.hint.map { " [\($0)]" } ?? "")
        }
        #expect(problems.contains { $0.contains(told) }, "\(problems)")
    }

    @Test(
        arguments: [
            (nil, "sales", true), (["sales"], "sales", true), (["sales"], "sales_daily", false),
            (["sales*"], "sales_daily", true),
            (["finance.*"], "finance.sales", true), (["finance.*"], "finance", false), (["*.daily"], "a.b.daily", true),
            (["x", "*a*b*"], "caxxbd", true), ([], "sales", false), (["**"], "", true),
        ] as [([String]?, String, Bool)]
    )
    func `a pattern takes the DAGs that it looks like`(_ patterns: [String]?, _ dag: String, _ expected: Bool) {
        let notification = NotificationSettings(name: "a", means: .command(["/b"]), dags: patterns)
        #expect(notification.concerns(dag) == expected)
    }
}
