import ArgumentParser

/// The commands that ask a server, and those that need none; the composition root adds the servers themselves.
enum ClientCommands {
    /// In the order in which help lists them.
    static let all: [any ParsableCommand.Type] = [
        DAGsCommand.self, TriggerCommand.self, BackfillCommand.self, RunsCommand.self, TasksCommand.self,
        LogsCommand.self, RunnersCommand.self, TokenCommand.self, LoginCommand.self,
    ]
}
