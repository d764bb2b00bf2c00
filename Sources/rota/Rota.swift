import ArgumentParser

/// The program.
@main
struct Rota: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rota",
        abstract: "Runs scheduled graphs of commands on your machines and shows why one of them failed.",
        discussion: """
            Start with `rota standalone`, then open the link that it prints.
            Put a YAML file into the DAG folder and it runs on its schedule.
            """,
        version: Version.current,
        subcommands: [StandaloneCommand.self, ServeCommand.self, RunnerCommand.self] + ClientCommands.asking + [
            TestCommand.self
        ]
            + ClientCommands.offline + [DatabaseCommand.self]
    )

    static func main() async {
        await launch()
    }
}

/// The program's version.
enum Version {
    /// As `rota --version` prints it.
    static let current = "0.1.0"
}
