package import Core
package import YAML

/// What `rota.yaml` says.
package struct Settings: Hashable, Sendable {
    /// Where to listen, as `HOST:PORT`; nil: where nothing else says so either, the built-in default.
    package var listen: String?
    /// Where PostgreSQL is; nil: as for `listen`.
    package var databaseURL: String?
    /// The DAG folder; nil: as for `listen`.
    package var dags: String?
    /// The runners beside the built-in one, in the file's order; one of kind `local` describes the built-in one.
    package var runners: [RunnerSettings]
    /// Where runners that dial in find this server; nil: nowhere.
    package var dialIn: DialInSettings?
    /// Named capacities, in the file's order.
    package var pools: [PoolSettings]
    /// Priorities that have names, in the file's order.
    package var priorityClasses: [PriorityClass]
    /// How long history is kept.
    package var retention: Retention
    /// Where people's browsers find the pages, without a slash at the end; nil: where the server listens.
    package var publicURL: String?
    /// How much of each attempt's log is kept.
    package var logCap: LogCap
    /// Who is told of failures, in the file's order.
    package var notifications: [NotificationSettings]
    /// Values that nobody may see, in the file's order.
    package var secrets: [SecretSettings]

    /// What holds without a file.
    package init() {
        runners = []
        pools = []
        priorityClasses = []
        retention = Retention()
        notifications = []
        secrets = []
        logCap = .standard
    }

    /// What a file says, and what is wrong with it.
    package struct ParseResult: Sendable {
        /// The settings; nil where the file has an error.
        package var settings: Settings?
        /// Everything to be mended, by place.
        package var problems: [Problem]
        /// The file's lines, for showing problems.
        package var source: SourceText
    }

    /// Parses and checks a file; an empty one says nothing, which is no error.
    package static func parse(source: [UInt8], path: String) -> ParseResult {
        let document = Document(parsing: source, path: path)
        var problems = document.problems
        var settings = Settings()
        if let root = document.root {
            var reader = SettingsReader()
            settings = reader.read(root)
            problems += reader.problems
        }
        for index in problems.indices { problems[index].path = path }
        problems.sort()
        let hasErrors = problems.contains { $0.severity == .error }
        return ParseResult(settings: hasErrors ? nil : settings, problems: problems, source: document.source)
    }

    /// The JSON Schema of `rota.yaml`, for editors.
    package static func jsonSchema() -> String {
        JSONSchema.text(
            of: SettingsLanguage.root,
            id: "https://rota.invalid/schema/config.json",
            title: "The settings of Rota"
        )
    }

    /// The reference of `rota.yaml` as Markdown.
    package static func reference() -> String {
        """
        # rota.yaml

        <!-- Made from the parser's own table. Change Sources/Settings, then run the tests with ROTA_WRITE_REFERENCE=1. -->

        The file lies in the data directory, or where `--config` says. What a flag or a variable of the environment says
        goes before it.
        \(LanguageReference.text(of: SettingsLanguage.root))
        """
    }
}

/// A named capacity.
package struct PoolSettings: Hashable, Sendable {
    package var name: String
    package var slots: Int
    /// Which of its waiting tasks goes first.
    package var order: QueueOrder
    /// How its tasks are spread over runners; nil: whoever comes takes them.
    package var placement: Placement?

    /// Joins the facts.
    package init(name: String, slots: Int, order: QueueOrder = .fair, placement: Placement? = nil) {
        self.name = name
        self.slots = slots
        self.order = order
        self.placement = placement
    }
}

/// A runner as the file declares it.
package struct RunnerSettings: Hashable, Sendable {
    package var name: String
    package var kind: Kind
    package var labels: [String]
    /// How much may run on it at once; nil: four for each processor of the server's host, at least 8.
    package var slots: Int?
    /// Slots that wait for important tasks; nil: none do.
    package var reserved: ReservedSlots?
    /// How busy its host may be while it takes more.
    package var busy = LoadLimits()
    /// For `local` and `ssh`: a command there whose output is the host's own measure; nil: there is none.
    package var measure: String?
    /// For `local`: the user that its tasks run as; nil: the owner of the DAG folder where root runs the server.
    package var runAs: String?
    /// For `local`: the folder of the cgroup tree for tasks with `resources`; nil: what systemd delegates.
    package var controlGroup: String?

    /// What carries an attempt there.
    package enum Kind: Hashable, Sendable {
        /// This host.
        case local
        /// A `rota runner` at a URL.
        case http(url: String, tokenFile: String, tls: TLSSettings)
        /// A host that has an SSH server.
        case ssh(SSHSettings)
    }

    /// Makes a runner without labels.
    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
        labels = []
    }
}

/// The files by which one end of a connection shows who it is and judges the other.
package struct TLSSettings: Hashable, Sendable {
    /// PEM certificates, one's own first.
    package var certificate: String?
    /// The certificate's PEM key.
    package var key: String?
    /// PEM certificates of the CA whose word counts; nil: a client trusts the system's, a server asks for none.
    package var authority: String?
    /// Whether a client compares the host's name with the certificate's.
    package var verifiesName = true

    /// No file is named.
    package init() {}
}

/// Where runners that dial in find a server.
package struct DialInSettings: Hashable, Sendable {
    /// As `HOST:PORT`.
    package var listen: String
    package var tls: TLSSettings

    /// Joins the facts.
    package init(listen: String, tls: TLSSettings = TLSSettings()) {
        self.listen = listen
        self.tls = tls
    }
}

/// How a host is reached by SSH.
package struct SSHSettings: Hashable, Sendable {
    /// A name or an address.
    package var host: String
    package var port: Int?
    package var user: String?
    package var identityFile: String?
    package var knownHostsFile: String?
    /// The client's configuration; nil: none is read, not even the user's own.
    package var configFile: String?
    /// Whether `rota-keeper` is copied there; without it a shell does all.
    package var installsKeeper = false

    /// Makes a way to a host with everything else left to the client.
    package init(host: String) {
        self.host = host
    }
}
