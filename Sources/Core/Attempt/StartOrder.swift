/// All that a runner needs to start one attempt, and nothing of the server's own.
package struct StartOrder: Hashable, Sendable {
    /// The attempt's identity; a runner starts one identity at most once, ever.
    package var id: AttemptID
    /// The boot for which the start is meant; a runner of another boot refuses it.
    ///
    /// Nil: any boot.
    package var bootID: String?
    /// The script's text, byte for byte; it is written to a file and that file is run.
    package var script: [UInt8]
    /// The interpreter and its options, to which the script's path is added.
    ///
    /// Empty: `bash -eo pipefail`, or `sh -e` on a host without bash.
    package var shell: [String]
    /// Variables of the DAG and the task, in order; a later one of the same name wins.
    ///
    /// The runner adds PATH, HOME, USER, SHELL, LANG, TMPDIR, ROTA_OUTPUT and ROTA_RUN_DIR.
    package var environment: [EnvironmentVariable]
    /// Where the command starts; nil: the attempt's own folder.
    package var workingDirectory: String?
    /// The name of the run's folder on this runner, which all attempts of the run there share: made of our own ids.
    package var runDirectory: String
    /// After how long the attempt is ended with `timed_out`; nil: never.
    package var timeout: Duration?
    /// The request to make in place of a script; no carrier takes it to a runner.
    package var request: RequestOrder?
    /// How long the group may take to heed TERM before KILL follows.
    ///
    /// Defaults to 10 seconds.
    package var grace: Duration
    /// How much of the log is kept, so that the runner may give back the space of the rest; nil: all of it.
    package var logCap: LogCap?
    /// What the attempt may use of its host.
    package var limits: ResourceLimits

    /// When the runner ends the attempt by itself because it hears of no server; nil: never.
    package var fence: Fence?

    /// Makes an order; only id, script and run folder have no default.
    package init(
        id: AttemptID,
        bootID: String? = nil,
        script: [UInt8],
        shell: [String] = [],
        environment: [EnvironmentVariable] = [],
        workingDirectory: String? = nil,
        runDirectory: String,
        timeout: Duration? = nil,
        request: RequestOrder? = nil,
        grace: Duration = .seconds(10),
        fence: Fence? = nil,
        logCap: LogCap? = nil,
        limits: ResourceLimits = ResourceLimits()
    ) {
        self.id = id
        self.bootID = bootID
        self.script = script
        self.shell = shell
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.runDirectory = runDirectory
        self.timeout = timeout
        self.request = request
        self.grace = grace
        self.fence = fence
        self.logCap = logCap
        self.limits = limits
    }
}

/// One variable of a command's environment.
package struct EnvironmentVariable: Hashable, Sendable {
    /// The name, without `=` and NUL.
    package var name: String
    /// The value, without NUL, at most 64 KiB.
    package var value: String

    /// Pairs a name with its value.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
