import ArgumentParser
import Core

extension RunnersCommand {
    /// `rota runners drain`.
    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a runner take nothing new; what runs there goes on to its end.",
            discussion: """
                It stays so, also after restarts, until `rota runners resume`.

                Examples:
                  rota runners drain etl-03 --dry-run
                  rota runners drain etl-03 --reason "new disk"
                """
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The runner's name.") var runner: String
        @Flag(help: "Only tell what still runs there.") var dryRun = false
        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text")) var reason: String?

        func run() async throws {
            let fields: [JSONValue.Member] = []
            guard let plan = try await RunnersCommand.ask(server, "drain", runner, dryRun, reason, fields) else {
                return
            }
            let word = dryRun ? "Would take" : plan.flag("already_so") ? "Takes already" : "Takes"
            RunnerReport.print(plan, "\(word) nothing new: \(runner).", isRehearsal: dryRun)
        }
    }

    /// `rota runners resume`.
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a drained runner take what fits again.",
            discussion: """
                Example:
                  rota runners resume etl-03
                """
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The runner's name.") var runner: String
        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text")) var reason: String?

        func run() async throws {
            guard let plan = try await RunnersCommand.ask(server, "resume", runner, false, reason, []) else { return }
            Terminal.messages.line(
                plan.flag("already_so") ? "\(runner) was not drained." : "\(runner) takes what fits again."
            )
        }
    }

    /// `rota runners remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget a runner; one that joined by itself is let in no more.",
            discussion: """
                While something runs there it is refused. With --force what runs there goes on,
                and is unreachable from then on; --dry-run lists it.

                Examples:
                  rota runners remove etl-03
                  rota runners remove etl-03 --force --dry-run
                """
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The runner's name.") var runner: String
        @Flag(help: "Also while something runs there, which is unreachable from then on.") var force = false
        @Flag(help: "Only tell what that would leave behind.") var dryRun = false
        @Option(help: ArgumentHelp("Why, for the history.", valueName: "text")) var reason: String?

        func run() async throws {
            let fields = [JSONValue.Member(name: "force", value: .boolean(force))]
            guard let plan = try await RunnersCommand.ask(server, "remove", runner, dryRun, reason, fields) else {
                return
            }
            if let refusal = plan.text("refusal") {
                return RunnerReport.print(plan, "Would be refused: \(refusal)", isRehearsal: dryRun)
            }
            let count = plan.integer("attempts") ?? 0
            let left = count == 0 ? "" : " and left \(Words.count(count, "attempt")) unreachable"
            RunnerReport.print(
                plan,
                "\(dryRun ? "Would have removed" : "Removed") \(runner)\(left).",
                isRehearsal: dryRun
            )
        }
    }

    /// Sends a word about a runner; nil: its answer was printed as JSON.
    fileprivate static func ask(
        _ server: ServerOptions,
        _ verb: String,
        _ runner: String,
        _ dryRun: Bool,
        _ reason: String?,
        _ fields: [JSONValue.Member]
    ) async throws -> JSONValue? {
        let client = try server.client()
        var members = fields + [JSONValue.Member(name: "dry_run", value: .boolean(dryRun))]
        if let reason { members.append(JSONValue.Member(name: "reason", value: .string(reason))) }
        let answer = try await client.post(ServerClient.Route("runners", runner, verb), .object(members))
        guard !server.json else {
            server.printJSON(answer)
            return nil
        }
        return try client.parse(answer)
    }
}
