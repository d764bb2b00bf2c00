import ArgumentParser

/// The commands that ask a server, and those that need none; the composition root adds the servers themselves.
enum ClientCommands {
    /// All of them, in the order in which help lists them.
    static let all = asking + offline

    /// Those that ask a server.
    static let asking: [any ParsableCommand.Type] = [
        DAGsCommand.self, TriggerCommand.self, BackfillCommand.self, BackfillsCommand.self, RunsCommand.self,
        TasksCommand.self, WhyCommand.self, LogsCommand.self, FailuresCommand.self, IncidentsCommand.self,
        RunnersCommand.self, PoolsCommand.self,
        TokenCommand.self, LoginCommand.self,
    ]

    /// Those that need no server.
    static let offline: [any ParsableCommand.Type] = [
        ValidateCommand.self, ExplainCommand.self, ScheduleCommand.self, CronCommand.self, ImportCommand.self,
        SchemaCommand.self,
    ]
}
