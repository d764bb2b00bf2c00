import Core
import YAML

/// Makes settings of a file's nodes and collects everything that is wrong with it.
struct SettingsReader {
    private(set) var problems: [Problem] = []

    /// Which keys have a meaning for which kind of runner.
    private static let ownKeys: [String: [String]] = [
        "local": ["measure", "run_as", "cgroup"],
        "http": ["address", "token_file", "ca", "certificate", "key", "verify"],
        "ssh": [
            "address", "port", "user", "identity_file", "known_hosts", "ssh_config", "install", "measure", "run_as",
            "cgroup",
        ],
    ]

    mutating func add(_ problem: Problem) {
        problems.append(problem)
    }

    mutating func read(_ root: Node) -> Settings {
        var checker = ShapeChecker()
        checker.check(root, .object(SettingsLanguage.root), name: "")
        problems = checker.problems
        var settings = Settings()
        settings.listen = root["listen"]?.scalar?.text
        settings.databaseURL = root["database_url"]?.scalar?.text
        settings.dags = root["dags"]?.scalar?.text
        for entry in root["pools"]?.entries ?? [] {
            let number = entry.value.scalar ?? entry.value["slots"]?.scalar
            guard let slots = number.flatMap({ Int($0.text) }) else { continue }
            let order = entry.value["order"]?.scalar.flatMap { QueueOrder(rawValue: $0.text) }
            let placement = entry.value["runners"]?.scalar.flatMap { Placement(rawValue: $0.text) }
            settings.pools.append(
                PoolSettings(name: entry.key, slots: slots, order: order ?? .fair, placement: placement)
            )
        }
        for entry in root["priority_classes"]?.entries ?? [] {
            let number = entry.value.scalar ?? entry.value["priority"]?.scalar
            guard let priority = number.flatMap({ Int($0.text) }) else { continue }
            let grace = entry.value["grace"]?.scalar.flatMap { DurationText.parse($0.text) }
            settings.priorityClasses.append(PriorityClass(name: entry.key, priority: priority, grace: grace))
        }
        if let cap = root["log_cap"]?.scalar.flatMap({ SizeText.parse($0.text) }) {
            settings.logCap = LogCap(bytes: cap)
        }
        readRunners(root["runners"]?.elements ?? [], into: &settings)
        if let node = root["dial_in"], let listen = node["listen"]?.scalar?.text {
            settings.dialIn = DialInSettings(listen: listen, tls: readTLS(node))
        }
        settings.publicURL = root["public_url"]?.scalar.map { url in
            String(url.text.reversed().drop { $0 == "/" }.reversed())
        }
        readNotifications(root["notifications"]?.elements ?? [], into: &settings)
        readSecrets(root["secrets"]?.entries ?? [], into: &settings)
        if let retention = root["retention"] { settings.retention = SettingsReader.read(retention: retention) }
        return settings
    }

    /// `forever` has no duration.
    private static func read(retention node: Node) -> Retention {
        func span(_ key: String) -> Duration? { node[key]?.scalar.flatMap { DurationText.parse($0.text) } }
        let history = node["history"] == nil ? Retention.standard : span("history")
        return Retention(
            history: history,
            logs: span("logs"),
            runFolders: span("run_folders"),
            logBudget: node["log_budget"]?.scalar.flatMap { SizeText.parse($0.text) }
        )
    }

    private mutating func readRunners(_ nodes: [Node], into settings: inout Settings) {
        var lines: [String: Int] = [:]
        var hasLocal = false
        for node in nodes {
            guard let name = node["name"]?.scalar?.text, let kind = node["kind"]?.scalar?.text else { continue }
            if let line = lines.updateValue(node.mark.line, forKey: name), let mark = node["name"]?.mark {
                problems.append(Problem(at: mark, "the runner '\(name.shortened)' is already declared in line \(line)"))
            }
            if kind == "local" {
                if hasLocal, let mark = node["kind"]?.mark {
                    problems.append(Problem(at: mark, "there is one local runner; a second cannot be declared"))
                }
                hasLocal = true
            }
            checkKeys(of: node, kind: kind)
            guard let kind = readKind(node, kind) else { continue }
            var runner = RunnerSettings(name: name, kind: kind)
            runner.labels = node["labels"]?.elements?.compactMap { $0.scalar?.text } ?? []
            runner.slots = node["slots"]?.scalar.flatMap { Int($0.text) }
            readChoice(node, into: &runner)
            runner.runAs = node["run_as"]?.scalar?.text
            runner.controlGroup = node["cgroup"]?.scalar?.text
            settings.runners.append(runner)
        }
    }

    /// What decides whether it takes a task.
    private mutating func readChoice(_ node: Node, into runner: inout RunnerSettings) {
        func number(_ key: String) -> Double? { node["busy"]?[key]?.scalar.flatMap { Double($0.text) } }
        runner.busy = LoadLimits(
            load: number("load"),
            memoryFree: number("memory_free"),
            measure: number("measure"),
            margin: number("margin") ?? LoadLimits().margin
        )
        runner.measure = node["measure"]?.scalar?.text
        guard let reserved = node["reserved"], let slots = reserved["slots"]?.scalar.flatMap({ Int($0.text) }),
            let priority = reserved["priority"]?.scalar.flatMap({ Int($0.text) })
        else { return }
        runner.reserved = ReservedSlots(slots: slots, priority: priority)
        if let all = runner.slots, slots >= all {
            let message = "the runner '\(runner.name.shortened)' has \(all) slots, and \(slots) of them are reserved"
            let hint = "leave at least one for tasks of lower priority"
            problems.append(Problem(at: reserved.mark, message, hint: hint))
        }
    }

    private mutating func checkKeys(of node: Node, kind: String) {
        guard let own = SettingsReader.ownKeys[kind] else { return }
        for entry in node.entries ?? [] {
            let kinds = SettingsReader.ownKeys.filter { $0.value.contains(entry.key) }.keys.sorted()
            guard !kinds.isEmpty, !own.contains(entry.key) else { continue }
            let message =
                "'\(entry.key)' has no meaning for a runner of kind \(kind); it belongs to \(kinds.joined(separator: " and "))"
            problems.append(Problem(at: entry.keyMark, message))
        }
    }

    private mutating func readKind(_ node: Node, _ kind: String) -> RunnerSettings.Kind? {
        switch kind {
        case "local": return .local
        case "http": return readHTTP(node)
        case "ssh": return readSSH(node)
        default: return nil
        }
    }

    private mutating func readHTTP(_ node: Node) -> RunnerSettings.Kind? {
        guard let address = required("address", of: node, kind: "http", "the URL of the rota runner"),
            let token = required("token_file", of: node, kind: "http", "the file with the runner's token")
        else { return nil }
        guard address.text.hasPrefix("https://") || address.text.hasPrefix("http://") else {
            let message = "the address of a runner of kind http must be a URL that begins with https:// or http://"
            problems.append(Problem(at: address.mark, message))
            return nil
        }
        return .http(url: address.text, tokenFile: token.text, tls: readTLS(node))
    }

    private mutating func readTLS(_ node: Node) -> TLSSettings {
        var tls = TLSSettings()
        tls.certificate = node["certificate"]?.scalar?.text
        tls.key = node["key"]?.scalar?.text
        tls.authority = node["ca"]?.scalar?.text
        tls.verifiesName = node["verify"]?.scalar?.text != "ca"
        if (tls.certificate == nil) != (tls.key == nil) {
            problems.append(Problem(at: node.mark, "'certificate' and 'key' go together; one of them is missing"))
        }
        return tls
    }

    private mutating func readSSH(_ node: Node) -> RunnerSettings.Kind? {
        guard let address = required("address", of: node, kind: "ssh", "the host") else { return nil }
        guard SettingsRules.isHost(address.text) else {
            let hint = "the user and the port have keys of their own: 'user', 'port'"
            let message = "the address of a runner of kind ssh must be the name or address of a host"
            problems.append(Problem(at: address.mark, message, hint: hint))
            return nil
        }
        var ssh = SSHSettings(host: address.text)
        ssh.port = node["port"]?.scalar.flatMap { Int($0.text) }
        ssh.user = node["user"]?.scalar?.text
        ssh.identityFile = node["identity_file"]?.scalar?.text
        ssh.knownHostsFile = node["known_hosts"]?.scalar?.text
        ssh.configFile = node["ssh_config"]?.scalar?.text
        ssh.installsKeeper = node["install"] != nil
        for key in ["run_as", "cgroup"] where !ssh.installsKeeper {
            guard let value = node[key] else { continue }
            let hint = "add 'install: keeper'"
            problems.append(Problem(at: value.mark, "'\(key)' over SSH needs a keeper on that host", hint: hint))
        }
        return .ssh(ssh)
    }

    private mutating func required(
        _ key: String,
        of node: Node,
        kind: String,
        _ what: String
    ) -> (text: String, mark: Mark)? {
        if let value = node[key], let text = value.scalar?.text, !text.isEmpty { return (text, value.mark) }
        problems.append(Problem(at: node.mark, "a runner of kind \(kind) needs '\(key)': \(what)"))
        return nil
    }
}
