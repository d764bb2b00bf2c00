import ArgumentParser
import Core

/// `rota tasks`: the tasks of a run.
struct TasksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks",
        abstract: "List, clear, cancel and mark the tasks of a run.",
        discussion: """
            Examples:
              rota tasks list sales_daily/latest
              rota tasks clear sales_daily/latest-failed --failed --dry-run
              rota tasks clear sales_daily/latest load --downstream
              rota tasks clear sales_daily/latest clean --map-index 3
              rota tasks clear sales_daily load --from 2026-08-01 --to 2026-09-01
              rota tasks cancel sales_daily/latest clean --map-index 3
              rota tasks mark sales_daily/latest extract --state success --dry-run
            """,
        subcommands: [List.self, Clear.self, Cancel.self, Mark.self]
    )

    /// `rota tasks list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a run's tasks with their attempts.")

        @OptionGroup var server: ServerOptions
        @Argument(help: RunArgument.help) var run: RunArgument

        @Option(help: ArgumentHelp("Only tasks in this state; may be given several times.", valueName: "state"))
        var state: [TaskState] = []

        func run() async throws {
            let client = try server.client()
            let states = state.map(\.rawValue).joined(separator: ",")
            let answer = try await client.get(run.route("tasks").with("state", states.isEmpty ? nil : states))
            guard !server.json else { return server.printJSON(answer) }
            TaskTable.make(try client.parse(answer).list("items")).print(orElse: "No task matches.")
        }
    }

    /// `rota tasks cancel`.
    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a task that waits or runs.",
            discussion: "What runs gets TERM, and KILL 10 s later."
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: RunArgument.help) var run: RunArgument
        @Argument(help: "The task's id.") var task: String

        @Option(help: ArgumentHelp("Which instance of a mapped task; all of them, unless given.", valueName: "n"))
        var mapIndex: Int?

        @Flag(help: "Only tell what would change, and what follows from it at once.")
        var dryRun = false

        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
        var reason: String?

        func run() async throws {
            let client = try server.client()
            let answer = try await client.post(
                run.route("tasks", task, "cancel"),
                .object([
                    "map_index": mapIndex.map { .number("\($0)") },
                    "reason": reason.map { .string($0) },
                    "dry_run": .boolean(dryRun),
                ])
            )
            guard !server.json else { return server.printJSON(answer) }
            guard !dryRun else { return VerbReport(plan: try client.parse(answer)).print() }
            Terminal.messages.line("Cancelling \(InstanceName.word(task, mapIndex)) of \(run.name).")
        }
    }

    /// `rota tasks mark`.
    struct Mark: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say how a task ended, without running it.")

        @OptionGroup var server: ServerOptions
        @Argument(help: RunArgument.help) var run: RunArgument
        @Argument(help: "The task's id.") var task: String

        @Option(help: ArgumentHelp("success, failed or skipped.", valueName: "state"))
        var state: Ending

        @Option(help: ArgumentHelp("Which instance of a mapped task; all of them, unless given.", valueName: "n"))
        var mapIndex: Int?

        @Flag(help: "Only tell what would change, and what follows from it at once.")
        var dryRun = false

        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
        var reason: String?

        /// What a task may be marked.
        enum Ending: String, ExpressibleByArgument, CaseIterable, Sendable {
            case success
            case failed
            case skipped
        }

        func run() async throws {
            let client = try server.client()
            let answer = try await client.post(
                run.route("tasks", task, "mark"),
                .object([
                    "state": .string(state.rawValue),
                    "map_index": mapIndex.map { .number("\($0)") },
                    "reason": reason.map { .string($0) },
                    "dry_run": .boolean(dryRun),
                ])
            )
            guard !server.json else { return server.printJSON(answer) }
            guard !dryRun else { return VerbReport(plan: try client.parse(answer)).print() }
            Terminal.messages.line("Marked \(InstanceName.word(task, mapIndex)) of \(run.name) \(state.rawValue).")
        }
    }
}

extension TaskState: ExpressibleByArgument {}
