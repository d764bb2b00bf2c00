import Core
import YAML

/// The language of `rota.yaml`.
enum SettingsLanguage {
    static let root = ObjectForm(
        title: "The file",
        noun: "rota.yaml",
        keys: [
            Key(
                "listen",
                .text(SettingsRules.listen),
                "Where to listen; anything but loopback lets other hosts in.",
                example: "127.0.0.1:8080"
            ),
            Key(
                "database_url",
                .text(SettingsRules.databaseURL),
                "Where PostgreSQL is.",
                example: "postgres://rota@db.internal/rota"
            ),
            Key("dags", .text(.absolutePath), "The DAG folder.", example: "/srv/dags"),
            Key("runners", .list(of: .object(runner), noun: "runners"), "The hosts beside this one that take tasks."),
            Key("dial_in", .object(dialIn), "Where runners that dial in find this server; without it none can."),
            Key(
                "pools",
                .map(
                    MapForm(
                        keyNoun: "pool",
                        keyRule: .name,
                        value: .either([.text(.integer(0...1_000_000)), .object(pool)]),
                        limit: 10_000
                    )
                ),
                "Named capacities and their slots; 0 holds every task that names the pool.",
                example: "{warehouse: 4, gpu: {slots: 2, order: shortest}}"
            ),
            Key(
                "priority_classes",
                .map(
                    MapForm(
                        keyNoun: "priority class",
                        keyRule: .name,
                        value: .either([.text(.integer(-1_000_000...1_000_000)), .object(priorityClass)]),
                        limit: 1_000
                    )
                ),
                "Priorities that tasks ask for by name (`priority: nightly`).",
                example: "{urgent: 100, nightly: {priority: 50, grace: 2h}}"
            ),
            Key("retention", .object(retention), "How long history is kept."),
            Key(
                "log_cap",
                .text(.size(Int64(1 << 20)...Int64(1 << 40))),
                standard: "256MiB",
                "How much of each attempt's log is kept: the half of it from the beginning, the other from the end. What lies between is left out, and its bytes are counted.",
                example: "64MiB"
            ),
            .later("http", "where http tasks may go"),
            Key(
                "public_url",
                .text(SettingsRules.webAddress),
                "Where people's browsers find the pages, for links in messages; by default where this server listens.",
                example: "https://rota.example.com"
            ),
            Key("notifications", .list(of: .object(notification), noun: "notifications"), "Who is told of failures."),
            Key(
                "secrets",
                .map(MapForm(keyNoun: "secret", keyRule: .name, value: .object(secret), limit: 1_000)),
                "Values that nobody may see; tasks get them as variables by their key `secrets`.",
                example: "{warehouse_password: {file: /run/secrets/warehouse}}"
            ),
        ],
        hints: [
            "runner": "write it as 'runners', a list", "port": "write listen: 127.0.0.1:8080",
            "database": "write it as 'database_url'",
        ]
    )

    private static let pool = ObjectForm(
        title: "A pool",
        noun: "a pool",
        keys: [
            Key(
                "slots",
                .text(.integer(0...1_000_000)),
                isRequired: true,
                "How many slots its tasks may hold at once.",
                example: "4"
            ),
            Key(
                "order",
                .text(.choice(QueueOrder.allCases.map(\.rawValue))),
                standard: "fair",
                "Which of its waiting tasks goes first.",
                example: "shortest"
            ),
            Key(
                "runners",
                .text(.choice(Placement.allCases.map(\.rawValue))),
                "Which of several runners that fit takes a task; by default whoever comes first, local ones before others.",
                example: "least_loaded"
            ),
        ],
        hints: ["size": "write it as 'slots'", "priority": "write it as order: priority"],
        notes: """
            `fair`: DAGs take turns, those whose task has the higher priority first, then those that hold fewer slots; a DAG
            that is not served gains a point of priority each minute. `priority`: a point is worth a minute of waiting.
            `fifo`: as they were queued. `deadline`: by `start_deadline`, else by the run's timeout, else a day after they
            were queued. `shortest`: by the usual duration; a long task waits at most by so much longer. `critical_path`: by
            the usual duration of the longest chain of tasks that begins with it. Nothing waits for ever in any of them.
            Where neither age nor priority decides, the oldest thousand that wait are compared.

            `runners` spreads the pool's tasks over all runners that fit, local or not. `least_loaded`: the one of whose
            slots the smallest part is in use. `round_robin`: one after the other, by name. `packed`: the one with the
            fewest free slots that still fit, so that others stay free for large tasks. A task that its runner has not
            taken after 5 s goes to whoever comes.
            """
    )

    private static let priorityClass = ObjectForm(
        title: "A priority class",
        noun: "a priority class",
        keys: [
            Key(
                "priority",
                .text(.integer(-1_000_000...1_000_000)),
                isRequired: true,
                "What stands for the name; higher goes first.",
                example: "50"
            ),
            Key(
                "grace",
                .text(.duration(from: .seconds(1))),
                "How long a task may wait for a runner. One that has not started by then is cancelled as `missed_deadline`, which its run counts as a failure.",
                example: "2h"
            ),
        ],
        hints: ["deadline": "write it as 'grace'", "value": "write it as 'priority'"],
        notes: "A task that names a class which is not here has priority 0 and waits for ever."
    )

    private static let reserved = ObjectForm(
        title: "Reserved slots",
        noun: "reserved",
        keys: [
            Key("slots", .text(.integer(1...100_000)), isRequired: true, "How many.", example: "2"),
            Key(
                "priority",
                .text(.integer(-1_000_000...1_000_000)),
                isRequired: true,
                "Tasks of this priority and above may take them; all others share the rest.",
                example: "80"
            ),
        ]
    )

    private static let busy = ObjectForm(
        title: "A busy host",
        noun: "busy",
        keys: [
            Key(
                "load",
                .text(.number(0.01...10_000)),
                "The highest load average of the last minute for each processor at which it takes more.",
                example: "2"
            ),
            Key(
                "memory_free",
                .text(.number(0.001...1)),
                "The smallest part of its memory that must be free.",
                example: "0.1"
            ),
            Key(
                "measure",
                .text(.number(0...1e15)),
                "The highest figure of the runner's own measure (`measure`, or what its `rota runner` measures).",
                example: "100"
            ),
            Key(
                "margin",
                .text(.number(0...0.9)),
                standard: "0.1",
                "The part by which a figure must be better than its limit before it takes more again."
            ),
        ],
        notes:
            "What runs goes on. A figure that a runner does not tell is no reason."
    )

    private static let notification = ObjectForm(
        title: "A notification",
        noun: "a notification",
        keys: [
            Key("name", .text(.name), isRequired: true, "What pages and the command line call it.", example: "ops"),
            Key(
                "webhook",
                .text(SettingsRules.webAddress),
                "Where each message is sent, as a POST with a JSON body; any status from 200 to 299 means that it was taken.",
                example: "https://hooks.example.com/rota"
            ),
            Key(
                "token_file",
                .text(.absolutePath),
                "For `webhook`: a file with a token, which is sent as `Authorization: Bearer`."
            ),
            Key(
                "command",
                .list(of: .text(.any), noun: "words"),
                "A program and its arguments, which get the same JSON on standard input; exit code 0 means that it was taken.",
                example: "[/usr/local/bin/page, --urgent]"
            ),
            Key(
                "dags",
                .list(of: .text(.any), noun: "ids of DAGs"),
                "Only failures of these DAGs, where `*` stands for any part of an id; left out, of all.",
                example: "[\"finance.*\", sales_daily]"
            ),
        ],
        hints: [
            "url": "write it as 'webhook'", "token": "write the token into a file and name it as 'token_file'",
            "run": "write it as 'command', a list of words", "dag": "write it as 'dags', a list",
        ],
        notes:
            "One message tells of one sort of failure within one run. It is sent within seconds, and tried again for three "
            + "days until it is taken; whoever gets it may get it twice, with the same `Rota-Delivery` header."
    )

    private static let secret = ObjectForm(
        title: "A secret",
        noun: "a secret",
        keys: [
            Key(
                "environment",
                .text(SettingsRules.variable),
                "The variable of the server's environment that holds it.",
                example: "WAREHOUSE_PASSWORD"
            ),
            Key("file", .text(.absolutePath), "The file that holds it.", example: "/run/secrets/warehouse"),
            Key(
                "command",
                .list(of: .text(.any), noun: "words"),
                "A program and its arguments, which print it within 10 seconds; asked for again after a minute.",
                example: "[/usr/bin/pass, show, warehouse]"
            ),
            Key(
                "dags",
                .list(of: .text(.any), noun: "ids of DAGs"),
                "Only these DAGs may use it, where `*` stands for any part of an id; left out, all.",
                example: "[\"finance.*\", sales_daily]"
            ),
        ],
        hints: [
            "env": "write it as 'environment'", "value": "write the value into a file and name it as 'file'",
            "run": "write it as 'command', a list of words", "dag": "write it as 'dags', a list",
        ],
        notes: "The end of the last line is not part of a value, which has 8 to 4,096 bytes. It is read when a task "
            + "starts, and is never in the database or in the arguments of a program."
    )

    private static let retention = ObjectForm(
        title: "Retention",
        noun: "retention",
        keys: [
            Key(
                "history",
                .text(SettingsRules.span),
                standard: "90d",
                "Runs with their tasks, attempts, logs and histories, from the run's end; and the ledger of schedules.",
                example: "365d"
            ),
            Key(
                "logs",
                .text(SettingsRules.span),
                "Logs, from the attempt's end; by default as long as `history`.",
                example: "30d"
            ),
            Key(
                "run_folders",
                .text(SettingsRules.span),
                "The folders of runs on their runners (`ROTA_RUN_DIR`), from the run's end; by default as long as `history`.",
                example: "7d"
            ),
            Key(
                "log_budget",
                .text(.size(Int64(1 << 20)...Int64(1 << 50))),
                "How many bytes of logs are kept of all attempts together, as they were printed; beyond it the logs of those that ended first go, whatever their age. By default as many as there are.",
                example: "50GiB"
            ),
        ],
        hints: [
            "days": "write it as history: 90d", "runs": "write it as 'history'", "keep": "write it as 'history'",
        ],
        notes: "What has not ended is never removed. `rota db prune --dry-run` tells what would be."
    )

    private static let dialIn = ObjectForm(
        title: "Runners that dial in",
        noun: "dial_in",
        keys: [
            Key(
                "listen",
                .text(SettingsRules.listen),
                isRequired: true,
                "Where to listen for them; anything but loopback needs `certificate` and `key`.",
                example: "0.0.0.0:8092"
            ),
            Key("certificate", .text(.absolutePath), "A file of PEM certificates, the server's own first."),
            Key("key", .text(.absolutePath), "The certificate's PEM key."),
            Key(
                "ca",
                .text(.absolutePath),
                "The PEM certificate of the CA that signed the runners'; with it a runner without one is not let in."
            ),
        ],
        hints: [
            "port": "write it as listen: 0.0.0.0:8092", "address": "write it as 'listen'",
            "cert": "write it as 'certificate'", "client_ca": "write it as 'ca'",
        ],
        notes:
            "Hosts join with a token: `rota runners token create NAME`, and there `rota runner --server URL --join TOKEN`."
    )

    private static let runner = ObjectForm(
        title: "A runner",
        noun: "a runner",
        keys: [
            Key("name", .text(.name), isRequired: true, "The name that tasks ask for.", example: "etl-1"),
            Key(
                "kind",
                .text(.choice(["local", "http", "ssh"])),
                isRequired: true,
                "`local` describes the runner of this host; `http` is a `rota runner` elsewhere; `ssh` needs nothing there but a shell, or copies what it needs."
            ),
            Key("address", .text(.any), "For `http` a URL, for `ssh` a host.", example: "https://etl-1.internal:8443"),
            Key("port", .text(.integer(1...65_535)), "For `ssh`: the port of its server."),
            Key("user", .text(SettingsRules.user), "For `ssh`: the user there."),
            Key("identity_file", .text(.absolutePath), "For `ssh`: the private key."),
            Key("known_hosts", .text(.absolutePath), "For `ssh`: the file with the host's key."),
            Key(
                "ssh_config",
                .text(.absolutePath),
                "For `ssh`: a configuration of the client, for jump hosts and ciphers; without it none is read."
            ),
            Key(
                "install",
                .text(.choice(["keeper"])),
                "For `ssh`: copies `rota-keeper` to `~/.rota` there, so that the host has all that a runner on this host has; without it a shell does what it can.",
                example: "keeper"
            ),
            Key("token_file", .text(.absolutePath), "For `http`: the file with the runner's token."),
            Key(
                "ca",
                .text(.absolutePath),
                "For `http`: the PEM certificate of the CA that signed the runner's; by default the system's count."
            ),
            Key(
                "certificate",
                .text(.absolutePath),
                "For `http`: a file of PEM certificates that this server shows, its own first, where the runner demands one."
            ),
            Key("key", .text(.absolutePath), "For `http`: the PEM key of `certificate`."),
            Key(
                "verify",
                .text(.choice(["full", "ca"])),
                standard: "full",
                "For `http`: what is asked of the runner's certificate; `ca` does not compare its name with the address."
            ),
            Key(
                "labels",
                .list(of: .text(.name), noun: "names"),
                "What tasks may ask for instead of its name.",
                example: "[etl]"
            ),
            Key(
                "slots",
                .text(.integer(1...100_000)),
                "How much may run on it at once; by default four for each processor of the server's host, at least 8."
            ),
            Key("reserved", .object(reserved), "Slots that wait for important tasks."),
            Key("busy", .object(busy), "When it takes nothing more because its host has enough to do."),
            Key(
                "measure",
                .text(.any),
                "For `local` and `ssh`: a command on that host, run every 15 s by `sh`, whose first word of output is a figure for `busy`. The host of an `http` runner says its own with `rota runner --measure`.",
                example: "cat /var/run/queue-length"
            ),
            Key(
                "run_as",
                .text(SettingsRules.user),
                "For `local`: the user that its tasks run as, which a server of root's can choose; by default the owner of the DAG folder. For `ssh` with `install`, where root signs in: the same on that host; by default root.",
                example: "etl"
            ),
            Key(
                "cgroup",
                .text(.absolutePath),
                "For `local`, and for `ssh` with `install`: a folder of the cgroup v2 tree that the tasks' user may write, for tasks with `resources`; by default what systemd delegates to the service.",
                example: "/sys/fs/cgroup/rota"
            ),
        ],
        hints: [
            "host": "write it as 'address'", "url": "write it as 'address'", "type": "write it as 'kind'",
            "token": "write the token into a file of mode 0600 and name it as 'token_file'",
            "password": "only keys are used; name one as 'identity_file'",
        ]
    )
}
