import ArgumentParser

/// Measures Rota against its goals and against this machine's limits.
@main
struct RotaBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rota-bench",
        abstract: "Measures Rota against its goals and against this machine's limits.",
        discussion: """
            Drives the rota beside it from outside, as people do: each row starts a server of its own on a private
            PostgreSQL, with its data in a temporary folder that is removed afterwards. Figures wander with the
            machine and what else it does; the ratio to the limit, measured in the same run, is what can be compared.

            EXAMPLES
              rota-bench
              rota-bench p1 --size 20
              rota-bench all --seed 7 --json today.json
            """,
        subcommands: [AllCommand.self] + Rows.commands,
        defaultSubcommand: AllCommand.self
    )
}

/// Every row of the table, in its order.
enum Rows {
    static let all: [any Measurement.Type] = [
        ChainGap.self, FanOut.self, Processless.self, TriggerToStart.self, CommandTrigger.self, TickToStart.self,
        ManyDue.self, FilesToForce.self, SaveToForce.self, IdleProcessor.self, IdleMemory.self, SmallAnswers.self,
        LargePages.self, LargeLog.self, History.self, CronRate.self, Scaling.self, Workflows.self, BrowserPages.self,
        LogFlood.self, SSHRate.self, LiveLog.self,
    ]

    static let commands: [any ParsableCommand.Type] = all.map { command(for: $0) }

    private static func command<Row: Measurement>(for row: Row.Type) -> any ParsableCommand.Type {
        RowCommand<Row>.self
    }
}

/// Measures the whole table.
struct AllCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all",
        abstract: "Measure every row (default)."
    )

    @OptionGroup var options: BenchOptions

    func run() async throws {
        try await options.report(on: Rows.all)
    }
}

/// Measures one row.
struct RowCommand<Row: Measurement>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: Row.number.lowercased(), abstract: "Measure \(Row.summary).")
    }

    @OptionGroup var options: BenchOptions

    func run() async throws {
        try await options.report(on: [Row.self])
    }
}
