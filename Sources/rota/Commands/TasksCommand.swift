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
              rota tasks cancel sales_daily/latest clean --map-index 3
              rota tasks mark sales_daily/latest extract --state success
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

    /// `rota tasks clear`.
    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Clear tasks, so that they run again.",
            discussion: "Without tasks, all of the run's are meant. With --dry-run nothing changes."
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: RunArgument.help) var run: RunArgument
        @Argument(help: "The tasks' ids; none means all.") var tasks: [String] = []

        @Option(
            help: ArgumentHelp(
                "One instance of the one task, which is mapped; all of them, unless given.",
                valueName: "n"
            )
        )
        var mapIndex: Int?

        @Flag(help: "Also those that need them, directly or not.")
        var downstream = false

        @Flag(help: "Also those that they need, directly or not.")
        var upstream = false

        @Flag(name: .customLong("failed"), help: "Only those that failed, were blocked or were cancelled.")
        var onlyFailed = false

        @Flag(help: "Only say what would be cleared.")
        var dryRun = false

        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
        var reason: String?

        func validate() throws {
            if mapIndex != nil, tasks.count != 1 {
                throw ValidationError("--map-index means an instance of one task: name that task alone.")
            }
        }

        func run() async throws {
            let client = try server.client()
            let answer = try await client.post(
                run.route("clear"),
                .object([
                    "tasks": .array(tasks.map { .string($0) }),
                    "map_index": mapIndex.map { .number("\($0)") },
                    "downstream": .boolean(downstream),
                    "upstream": .boolean(upstream),
                    "only_failed": .boolean(onlyFailed),
                    "dry_run": .boolean(dryRun),
                    "reason": reason.map { .string($0) },
                ])
            )
            guard !server.json else { return server.printJSON(answer) }
            let items = try client.parse(answer).list("tasks")
            var table = Table("task", dryRun ? "state" : "was")
            for item in items { table.add(Table.Cell(TaskTable.name(of: item), .bold), .state(item.text("state"))) }
            table.print(orElse: "No task of \(run.name) is to be cleared.")
            guard !items.isEmpty else { return }
            let count = Words.count(items.count, "task")
            Terminal.messages.line(dryRun ? "Would clear \(count)." : "Cleared \(count).")
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

        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
        var reason: String?

        func run() async throws {
            let answer = try await server.client().post(
                run.route("tasks", task, "cancel"),
                .object([
                    "map_index": mapIndex.map { .number("\($0)") },
                    "reason": reason.map { .string($0) },
                ])
            )
            guard !server.json else { return server.printJSON(answer) }
            let place = mapIndex.map { "[\($0)]" } ?? ""
            Terminal.messages.line("Cancelling \(task)\(place) of \(run.name).")
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

        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
        var reason: String?

        /// What a task may be marked.
        enum Ending: String, ExpressibleByArgument, CaseIterable, Sendable {
            case success
            case failed
            case skipped
        }

        func run() async throws {
            let answer = try await server.client().post(
                run.route("tasks", task, "mark"),
                .object([
                    "state": .string(state.rawValue),
                    "map_index": mapIndex.map { .number("\($0)") },
                    "reason": reason.map { .string($0) },
                ])
            )
            guard !server.json else { return server.printJSON(answer) }
            let place = mapIndex.map { "[\($0)]" } ?? ""
            Terminal.messages.line("Marked \(task)\(place) of \(run.name) \(state.rawValue).")
        }
    }
}

extension TaskState: ExpressibleByArgument {}
