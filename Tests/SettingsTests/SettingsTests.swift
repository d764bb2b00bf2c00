import Core
import Settings
import Testing
import YAML

struct SettingsTests {
    private func parse(_ text: String) -> Settings.ParseResult {
        Settings.parse(source: Array(text.utf8), path: "rota.yaml")
    }

    private func complaints(_ text: String) -> [String] {
        parse(text).problems.map {
            "\($0.mark.line):\($0.mark.column) \($0.message)" + ($0.hint.map { " [\($0)]" } ?? "")
        }
    }

    @Test(
        arguments: [
            ("", Retention()), ("retention: {history: forever}", Retention(history: nil)),
            (
                "retention: {history: 365d, logs: 30d, run_folders: 7d}",
                Retention(
                    history: .seconds(365 * 86_400),
                    logs: .seconds(30 * 86_400),
                    runFolders: .seconds(7 * 86_400)
                )
            ), ("retention: {logs: 30d}", Retention(logs: .seconds(30 * 86_400))),
            ("retention: {log_budget: 50GiB}", Retention(logBudget: 50 << 30)),
        ]
    )
    func `retention is read`(_ text: String, _ retention: Retention) throws {
        #expect(try #require(parse(text).settings).retention == retention)
    }

    @Test func `everything that can be said is read`() throws {
        let result = parse(
            """
            listen: 127.0.0.1:9000
            database_url: postgres://rota@db/rota
            dags: /srv/dags
            log_cap: 64MiB
            priority_classes: {urgent: 100, nightly: {priority: 50, grace: 2h}}
            pools: {warehouse: 4, held: 0, gpu: {slots: 2, order: critical_path, runners: packed}, plain: {slots: 1}}
            runners:
              - name: local
                kind: local
                slots: 8
                labels: [small]
                reserved: {slots: 2, priority: 80}
                busy: {load: 1.5, memory_free: 0.1, margin: 0.2}
                measure: cat /run/queue
                run_as: etl
                cgroup: /sys/fs/cgroup/rota
              - name: etl-1
                kind: ssh
                address: etl-1.internal
                port: 2222
                user: etl
                identity_file: /etc/rota/key
                known_hosts: /etc/rota/known_hosts
                ssh_config: /etc/rota/ssh_config
                labels: [etl]
              - {name: big, kind: http, address: "https://big:8443", token_file: /etc/rota/token, slots: 64}
            """
        )
        #expect(result.problems == [])
        let settings = try #require(result.settings)
        #expect(settings.listen == "127.0.0.1:9000")
        #expect(settings.databaseURL == "postgres://rota@db/rota")
        #expect(settings.dags == "/srv/dags")
        #expect(
            settings.pools == [
                PoolSettings(name: "warehouse", slots: 4), PoolSettings(name: "held", slots: 0),
                PoolSettings(name: "gpu", slots: 2, order: .criticalPath, placement: .packed),
                PoolSettings(name: "plain", slots: 1),
            ]
        )
        #expect(settings.runners.map(\.name) == ["local", "etl-1", "big"])
        #expect(settings.runners[0].reserved == ReservedSlots(slots: 2, priority: 80))
        #expect(settings.runners[0].busy == LoadLimits(load: 1.5, memoryFree: 0.1, margin: 0.2))
        #expect(settings.runners[0].measure == "cat /run/queue")
        #expect(settings.runners[1].reserved == nil && settings.runners[1].busy == LoadLimits())
        #expect(
            settings.priorityClasses == [
                PriorityClass(name: "urgent", priority: 100),
                PriorityClass(name: "nightly", priority: 50, grace: .seconds(7_200)),
            ]
        )
        #expect(settings.runners.map(\.slots) == [8, nil, 64])
        #expect(settings.runners.map(\.labels) == [["small"], ["etl"], []])
        var ssh = SSHSettings(host: "etl-1.internal")
        ssh.port = 2222
        ssh.user = "etl"
        ssh.identityFile = "/etc/rota/key"
        ssh.knownHostsFile = "/etc/rota/known_hosts"
        ssh.configFile = "/etc/rota/ssh_config"
        #expect(settings.logCap == LogCap(bytes: 64 << 20))
        #expect(settings.runners.map(\.runAs) == ["etl", nil, nil])
        #expect(settings.runners[0].controlGroup == "/sys/fs/cgroup/rota")
        #expect(settings.runners[0].kind == .local)
        #expect(settings.runners[1].kind == .ssh(ssh))
        #expect(
            settings.runners[2].kind == .http(url: "https://big:8443", tokenFile: "/etc/rota/token", tls: TLSSettings())
        )
    }

    @Test func `a keeper is copied where that is asked for`() throws {
        let text = "runners: [{name: a, kind: ssh, address: h, install: keeper, run_as: etl, cgroup: /sys/fs/cgroup/r}]"
        let runner = try #require(parse(text).settings?.runners.first)
        var ssh = SSHSettings(host: "h")
        ssh.installsKeeper = true
        #expect(runner.kind == .ssh(ssh))
        #expect(runner.runAs == "etl" && runner.controlGroup == "/sys/fs/cgroup/r")
    }

    @Test(arguments: ["", "# nothing\n", "{}"])
    func `an empty file says nothing`(text: String) {
        #expect(parse(text).settings == Settings())
    }

    @Test(
        arguments: [
            ("runner: []", ["1:1 unknown key 'runner' in the file [write it as 'runners', a list]"]),
            (
                "log_cap: 1000",
                [
                    "1:10 'log_cap' must be a size from 1 MiB to 1 TiB, such as 512MiB or 2GiB; found '1000' [add a unit: 1000MiB, 1000GiB, …]"
                ]
            ),
            (
                "runners: [{name: a, kind: http, address: 'https://a', token_file: /t, run_as: etl}]",
                ["1:71 'run_as' has no meaning for a runner of kind http; it belongs to local and ssh"]
            ),
            (
                "retention: {history: 90}",
                [
                    "1:22 'history' of 'retention' must be a duration of at least 1h, such as 90d, or 'forever'; found '90' [add a unit: 90d]"
                ]
            ),
            (
                "retention: {logs: 5m}",
                ["1:19 'logs' of 'retention' must be a duration of at least 1h, such as 90d, or 'forever'; found '5m'"]
            ),
            ("listen: 8080", ["1:9 'listen' must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080; found '8080'"]),
            (
                "listen: ::1:8080",
                ["1:9 'listen' must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080; found '::1:8080'"]
            ),
            (
                "database_url: mysql://u:secret@h/d",
                ["1:15 'database_url' must begin with postgres:// or postgresql://"]
            ),
            ("dags: here", ["1:7 'dags' must be an absolute path; found 'here' [begin it with '/']"]),
            (
                "pools: {a: -1, \"b c\": 2}",
                [
                    "1:12 pool 'a' must be a whole number from 0 to 1000000; found '-1'",
                    "1:16 'b c' is not the name of a pool: expected a name: a letter or '_', then letters, digits, '_' and '-', at most 100 in all",
                ]
            ),
            ("runners: {a: 1}", ["1:10 'runners' must be a list of runners; found a mapping"]),
            (
                "runners: [{kind: ssh, address: h}]",
                ["1:11 an element of 'runners' has no 'name' [The name that tasks ask for.]"]
            ),
            (
                "runners: [{name: a, kind: telnet}]",
                ["1:27 'kind' of an element of 'runners' must be one of: local, http, ssh; found 'telnet'"]
            ),
            (
                "runners: [{name: a, kind: ssh, address: h, run_as: etl}]",
                ["1:52 'run_as' over SSH needs a keeper on that host [add 'install: keeper']"]
            ),
            (
                "runners: [{name: a, kind: ssh, address: h, install: rota}]",
                ["1:53 'install' of an element of 'runners' must be 'keeper'; found 'rota'"]
            ),
            ("runners: [{name: a, kind: ssh}]", ["1:11 a runner of kind ssh needs 'address': the host"]),
            (
                "runners: [{name: a, kind: ssh, address: \"-oProxyCommand=x\"}]",
                [
                    "1:41 the address of a runner of kind ssh must be the name or address of a host [the user and the port have keys of their own: 'user', 'port']"
                ]
            ),
            (
                "runners: [{name: a, kind: ssh, address: u@h}]",
                [
                    "1:41 the address of a runner of kind ssh must be the name or address of a host [the user and the port have keys of their own: 'user', 'port']"
                ]
            ),
            (
                "runners: [{name: a, kind: ssh, address: h, user: -x}]",
                ["1:50 'user' of an element of 'runners' must be the name of a user; found '-x'"]
            ),
            (
                "runners: [{name: a, kind: http, address: h:1, token_file: /t}]",
                [
                    "1:42 the address of a runner of kind http must be a URL that begins with https:// or http://"
                ]
            ),
            (
                "runners: [{name: a, kind: http, address: \"https://h\"}]",
                ["1:11 a runner of kind http needs 'token_file': the file with the runner's token"]
            ),
            (
                "runners: [{name: a, kind: http, address: \"https://h\", token_file: /t, port: 1}]",
                [
                    "1:71 'port' has no meaning for a runner of kind http; it belongs to ssh"
                ]
            ),
            (
                "runners: [{name: a, kind: local}, {name: a, kind: local}]",
                [
                    "1:42 the runner 'a' is already declared in line 1",
                    "1:51 there is one local runner; a second cannot be declared",
                ]
            ),
        ] as [(String, [String])]
    )
    func `a mistake is found with its place`(text: String, expected: [String]) {
        #expect(complaints(text) == expected)
        #expect(parse(text).settings == nil)
    }

    @Test func `the schema is JSON and names every key`() throws {
        let schema = try #require(JSONValue(parsing: Settings.jsonSchema()))
        guard case .object(let properties)? = schema["properties"] else {
            Issue.record("no properties")
            return
        }
        #expect(
            properties.map(\.name) == [
                "listen", "database_url", "dags", "runners", "dial_in", "pools", "priority_classes", "retention",
                "log_cap", "public_url", "notifications", "secrets",
            ]
        )
        #expect(schema["$defs"]?["a-runner"]?["required"] == .array([.string("name"), .string("kind")]))
    }
}
