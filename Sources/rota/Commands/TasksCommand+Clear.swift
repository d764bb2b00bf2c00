import ArgumentParser
import Core

extension TasksCommand {
    /// `rota tasks clear`.
    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Clear tasks of a run, or of all runs between two dates, so that they run again.",
            discussion: """
                Without tasks, all of the run's are meant. With --dry-run nothing changes.

                With --from and --to a DAG is named instead of a run, and the runs are
                meant whose logical dates lie between them, on the DAG's own clock: all of
                it is done, or nothing. More than 50 tasks are cleared only by who types
                their number, gives it with --count, or says --yes.

                Examples:
                  rota tasks clear sales_daily/latest load --downstream
                  rota tasks clear sales_daily/latest-failed --failed --dry-run
                  rota tasks clear sales_daily --from 2026-08-01 --to 2026-08-08 --failed
                """
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: ArgumentHelp("The run, as DAG/KEY; with --from and --to the DAG.", valueName: "run"))
        var target: String
        @Argument(help: "The tasks' ids; none means all.") var tasks: [String] = []

        @Option(help: ArgumentHelp("Runs of this date or instant and later.", valueName: "date"))
        var from: String?

        @Option(help: ArgumentHelp("Runs before this date or instant.", valueName: "date"))
        var to: String?

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

        @Option(help: ArgumentHelp("How many tasks you mean; another number refuses.", valueName: "n"))
        var count: Int?

        @Flag(help: "Do not ask, however many they are.")
        var yes = false

        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
        var reason: String?

        func validate() throws {
            guard (from == nil) == (to == nil) else { throw ValidationError("--from and --to go together.") }
            if mapIndex != nil, tasks.count != 1 || from != nil {
                throw ValidationError("--map-index means an instance of one task of one run: name these alone.")
            }
            if from == nil, RunArgument(argument: target) == nil {
                throw ValidationError("'\(target)' is no run: write DAG/KEY, or give --from and --to with a DAG.")
            }
            if from != nil, target.contains("/") {
                throw ValidationError("With --from and --to name the DAG, not one of its runs.")
            }
        }

        func run() async throws {
            if let from, let to { return try await clearRuns(from, to) }
            guard let run = RunArgument(argument: target) else { return }
            let client = try server.client()
            let answer = try await client.post(
                run.route("clear"),
                body(["map_index": mapIndex.map { .number("\($0)") }])
            )
            guard !server.json else { return server.printJSON(answer) }
            let plan = try client.parse(answer)
            let items = plan.list("tasks")
            var table = Table("task", dryRun ? "state" : "was")
            for item in items { table.add(Table.Cell(TaskTable.name(of: item), .bold), .state(item.text("state"))) }
            table.print(orElse: "No task of \(run.name) is to be cleared.")
            guard !items.isEmpty else { return }
            printOthers(plan.list("also"))
            let running = plan.list("running").map(TaskTable.name(of:))
            if !running.isEmpty {
                let names = running.joined(separator: ", ")
                Terminal.messages.line(
                    "Not cleared, since \(running.count == 1 ? "it runs" : "they run"), with what was there before: \(names)."
                )
            }
            let left = plan.list("left_out")
            if !left.isEmpty {
                let names = left.map { "\(TaskTable.name(of: $0)) (\($0.text("state") ?? ""))" }
                Terminal.messages.line(
                    "Not cleared, though \(left.count == 1 ? "it comes" : "they come") after: "
                        + Words.some(names, most: 6) + (downstream ? "." : ". --downstream takes them too.")
                )
            }
            let count = Words.count(items.count, "task")
            Terminal.messages.line(dryRun ? "Would clear \(count)." : "Cleared \(count).")
        }

        /// What changes besides, since what it needs begins anew.
        private func printOthers(_ changes: [JSONValue]) {
            guard !changes.isEmpty else { return }
            Terminal.messages.line(dryRun ? "Besides would change:" : "Besides changed:")
            var table = Table("task", dryRun ? "now" : "was", dryRun ? "then" : "is")
            for change in changes {
                table.add(
                    Table.Cell(TaskTable.name(of: change), .bold),
                    .state(change.text("state")),
                    .state(change.text("new_state"))
                )
            }
            table.print(orElse: "")
        }

        /// More than these are cleared only by who gives their number.
        private static let mostWithoutCount = 50

        private func clearRuns(_ from: String, _ to: String) async throws {
            let client = try server.client()
            let route = ServerClient.Route("dags", target, "clear")
            let span: KeyValuePairs<String, JSONValue?> = ["from": .string(from), "to": .string(to)]
            // It is looked at first, so that what is agreed to is what is done.
            let rehearsal = try await client.post(route, body(span, isRehearsal: true))
            let plan = try client.parse(rehearsal)
            if dryRun, server.json { return server.printJSON(rehearsal) }
            if !server.json { printRuns(of: plan) }
            let total = plan.integer("count") ?? 0
            let runs = Words.count(plan.list("runs").count, "run")
            let words = "\(Words.count(total, "task")) of \(runs)"
            guard !dryRun else { return Terminal.messages.line("Would clear \(words).") }
            let isFree = total <= Self.mostWithoutCount || yes
            let agreed = try count ?? (isFree ? total : ask(words))
            let hash = plan.text("plan").map { JSONValue.string($0) }
            let answer = try await client.post(
                route,
                body(["from": .string(from), "to": .string(to), "plan": hash], count: agreed)
            )
            guard !server.json else { return server.printJSON(answer) }
            Terminal.messages.line("Cleared \(words).")
        }

        private func ask(_ words: String) throws -> Int {
            guard Terminal.messages.isInteractive, !server.json else { throw ManyTasks(words: words) }
            Terminal.messages.write("This clears \(words). Type the number of tasks to go on: ")
            guard let line = readLine(), let number = Int(line) else { throw ManyTasks(words: words) }
            return number
        }

        /// How many runs are listed; what is above is told by their number.
        private static let mostRuns = 100

        private func printRuns(of plan: JSONValue) {
            var table = Table("run", ">tasks", dryRun ? "which" : "were")
            for run in plan.list("runs").prefix(Self.mostRuns) {
                let tasks = run.list("tasks")
                let names = tasks.map { "\(TaskTable.name(of: $0)) \($0.text("state") ?? "")" }
                table.add(
                    Table.Cell(run.text("run"), .bold),
                    .number(tasks.count),
                    Table.Cell(Words.some(names, most: 4))
                )
            }
            table.print(orElse: "No task of these runs is to be cleared.")
            let rest = plan.list("runs").count - Self.mostRuns
            if rest > 0 { Terminal.messages.line("and \(Words.count(rest, "later run")).") }
        }

        private func body(
            _ more: KeyValuePairs<String, JSONValue?>,
            isRehearsal: Bool? = nil,
            count given: Int? = nil
        ) -> JSONValue {
            var members: [JSONValue.Member] = [
                JSONValue.Member(name: "tasks", value: .array(tasks.map { .string($0) })),
                JSONValue.Member(name: "downstream", value: .boolean(downstream)),
                JSONValue.Member(name: "upstream", value: .boolean(upstream)),
                JSONValue.Member(name: "only_failed", value: .boolean(onlyFailed)),
                JSONValue.Member(name: "dry_run", value: .boolean(isRehearsal ?? dryRun && given == nil)),
            ]
            for (name, value) in more {
                if let value { members.append(JSONValue.Member(name: name, value: value)) }
            }
            if let number = given ?? count {
                members.append(JSONValue.Member(name: "count", value: .number("\(number)")))
            }
            if let reason { members.append(JSONValue.Member(name: "reason", value: .string(reason))) }
            return .object(members)
        }
    }
}

/// So many tasks were meant that nobody can say yes by accident.
struct ManyTasks: CommandFailure {
    /// How many, in words.
    let words: String

    var status: ExitStatus { .refused }

    var description: String {
        "Nothing was done: this would clear \(words). Give the number of tasks with --count, or say --yes."
    }
}
