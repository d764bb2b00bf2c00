import ArgumentParser
import Core
import Host

/// `rota backfills`: looks after backfills.
struct BackfillsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfills",
        abstract: "List, show, pause, resume and cancel backfills.",
        discussion: """
            `rota backfill` makes one.

            Examples:
              rota backfills list
              rota backfills show 3
              rota backfills show 3 --follow
              rota backfills pause 3
              rota backfills cancel 3
            """,
        subcommands: [List.self, Show.self, Pause.self, Resume.self, Cancel.self],
        defaultSubcommand: List.self
    )

    /// `rota backfills list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List backfills, newest first.")

        @OptionGroup var server: ServerOptions

        func run() async throws {
            let items = try await server.client().wholeListing(ServerClient.Route("backfills"))
            guard !server.json else { return Terminal.output.line(JSONValue.listing(items).description) }
            var table = Table("backfill", "dag", "state", "from", "to", "done", "failed", "by")
            for item in items {
                let progress = BackfillProgress(item)
                table.add(
                    Table.Cell(item.integer("id").map(String.init), .bold),
                    Table.Cell(item.text("dag")),
                    .state(item.text("state")),
                    .instant(item.instant("from")),
                    .instant(item.instant("to")),
                    Table.Cell("\(progress.ended) of \(progress.total)"),
                    Table.Cell("\(progress.failed)", progress.failed > 0 ? .red : .plain),
                    Table.Cell(item.text("actor"))
                )
            }
            table.print(orElse: "There is no backfill yet.")
        }
    }

    /// `rota backfills show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show how far a backfill has come.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The backfill's number.") var backfill: Int

        @Flag(help: "Tell each step until it has ended; the exit code is 0 if every run succeeded, else 1.")
        var follow = false

        func run() async throws {
            let client = try server.client()
            if follow { return try await BackfillWatch(client: client, backfill: backfill).finish(server) }
            let answer = try await client.get(ServerClient.Route("backfills", "\(backfill)"))
            guard !server.json else { return server.printJSON(answer) }
            BackfillsCommand.print(try client.parse(answer))
        }
    }

    /// `rota backfills pause`.
    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start nothing more of a backfill until it is resumed; what runs goes on."
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The backfill's number.") var backfill: Int

        func run() async throws { try await BackfillsCommand.act("pause", backfill, server) }
    }

    /// `rota backfills resume`.
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a paused backfill go on.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The backfill's number.") var backfill: Int

        func run() async throws { try await BackfillsCommand.act("resume", backfill, server) }
    }

    /// `rota backfills cancel`.
    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a backfill: what has not started never does, and what runs is cancelled."
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The backfill's number.") var backfill: Int

        func run() async throws { try await BackfillsCommand.act("cancel", backfill, server) }
    }

    private static func act(_ verb: String, _ backfill: Int, _ server: ServerOptions) async throws {
        let client = try server.client()
        let answer = try await client.post(ServerClient.Route("backfills", "\(backfill)", verb))
        guard !server.json else { return server.printJSON(answer) }
        print(try client.parse(answer))
    }

    private static func print(_ backfill: JSONValue) {
        let progress = BackfillProgress(backfill)
        let state = backfill.text("state") ?? ""
        Terminal.output.line("backfill \(backfill.integer("id") ?? 0) of \(backfill.text("dag") ?? ""): \(state)")
        let from = backfill.instant("from").map(Words.instant) ?? ""
        Terminal.output.line("  range: \(from) until before \(backfill.instant("to").map(Words.instant) ?? "")")
        Terminal.output.line("  runs: \(progress.words)")
        if let reason = backfill.text("reason") {
            Terminal.output.line("  ended: \(reason == "file_removed" ? "the DAG's file is gone" : reason)")
        }
        if state == "running", let rest = progress.rest(now: WallClock.now()) {
            Terminal.output.line("  left: about \(DurationText.format(rest)), at the pace so far")
        }
    }
}

/// How far a backfill has come, from its document.
struct BackfillProgress: Hashable, Sendable {
    let total: Int
    let ended: Int
    let failed: Int
    let running: Int
    let succeeded: Int
    private let createdAt: Timestamp?

    /// Counts the runs.
    init(_ backfill: JSONValue) {
        func count(_ state: RunState) -> Int { backfill["runs"]?.integer(state.rawValue) ?? 0 }
        total = RunState.allCases.reduce(backfill.integer("unmade") ?? 0) { $0 + count($1) }
        succeeded = count(.success)
        ended = RunState.allCases.filter(\.isTerminal).reduce(0) { $0 + count($1) }
        failed = count(.failed)
        running = count(.running)
        createdAt = backfill.instant("created_at")
    }

    /// Such as `3 of 7 ended, 1 of them failed; 2 running`.
    var words: String {
        let failures = failed > 0 ? ", \(failed) of them failed" : ""
        return "\(ended) of \(total) ended\(failures); \(running) running"
    }

    /// How long the rest takes if it goes on as so far; nil where nothing has ended yet.
    func rest(now: Timestamp) -> Duration? {
        guard let createdAt, ended > 0, ended < total else { return nil }
        return (now - createdAt) * (total - ended) / ended
    }
}
