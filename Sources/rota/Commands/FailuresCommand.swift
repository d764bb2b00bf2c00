import ArgumentParser
import Core

/// `rota failures`: failures grouped by their cause.
struct FailuresCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "failures",
        abstract: "List failures grouped by cause, and show where one was seen.",
        discussion: """
            Attempts that ended alike and printed the same error, apart from
            numbers, times and ids, are one failure, whichever DAGs they are of.

            Examples:
              rota failures list
              rota failures show 17
              rota failures show 17 --json
            """,
        subcommands: [List.self, Show.self],
        defaultSubcommand: List.self
    )

    /// `rota failures list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List failures, latest seen first.")

        @OptionGroup var server: ServerOptions
        @Option(help: ArgumentHelp("How many at most.", valueName: "n")) var limit: Int = 50

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000.") }
        }

        func run() async throws {
            let client = try server.client()
            let answer = try await client.get(ServerClient.Route("failures").with("limit", limit))
            guard !server.json else { return server.printJSON(answer) }
            var table = Table("failure", ">attempts", "last seen", "first seen", "dags", "ended", "cause")
            for item in try client.parse(answer).list("items") {
                table.add(
                    Table.Cell(item.integer("id").map(String.init), .bold),
                    .number(item.integer("failures")),
                    .instant(item.instant("last_seen_at")),
                    .instant(item.instant("first_seen_at")),
                    Table.Cell(Words.some(item.texts("dags"), most: 3)),
                    Table.Cell(FailuresCommand.ending(item)),
                    Table.Cell(FailuresCommand.cause(item))
                )
            }
            table.print(orElse: "Nothing has failed yet.")
        }
    }

    /// `rota failures show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show where and how often a failure was seen.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The failure's number.") var failure: Int

        func run() async throws {
            let client = try server.client()
            let answer = try await client.get(ServerClient.Route("failures", "\(failure)"))
            guard !server.json else { return server.printJSON(answer) }
            FailuresCommand.print(try client.parse(answer))
        }
    }

    private static func print(_ failure: JSONValue) {
        let out = Terminal.output
        out.line("failure \(failure.integer("id") ?? 0): \(ending(failure))")
        out.line("  " + VisibleText.oneLine(cause(failure)))
        let first = failure.instant("first_seen_at").map(Words.instant) ?? ""
        let last = failure.instant("last_seen_at").map(Words.instant) ?? ""
        out.line(
            "  seen: \(Words.count(failure.integer("failures") ?? 0, "failed attempt")), first \(first), last \(last)"
        )
        let runners = failure.list("runners").map { "\($0.text("name") ?? "") \($0.integer("failures") ?? 0)×" }
        out.line("  runners: " + VisibleText.oneLine(runners.joined(separator: ", ")))
        out.line("")
        var tasks = Table("dag", "task", ">attempts", "last seen")
        for task in failure.list("tasks") {
            tasks.add(
                Table.Cell(task.text("dag")),
                Table.Cell(task.text("task"), .bold),
                .number(task.integer("failures")),
                .instant(task.instant("last_seen_at"))
            )
        }
        tasks.print(orElse: "Its attempts were removed with their runs.")
        out.line("")
        var newest = Table("failed", "run", "task", ">attempt", "runner")
        for one in failure.list("newest").prefix(20) {
            let index = one.integer("map_index").map { " [\($0)]" } ?? ""
            newest.add(
                .instant(one.instant("ended_at")),
                Table.Cell(one.text("run")),
                Table.Cell((one.text("task") ?? "") + index, .bold),
                .number(one.integer("attempt")),
                Table.Cell(one.text("runner"))
            )
        }
        if !newest.isEmpty { newest.print(orElse: "") }
    }

    private static func ending(_ failure: JSONValue) -> String {
        if failure.text("state") == "failed" {
            if let signal = failure.text("signal") { return signal }
            if let code = failure.integer("exit_code") { return "exit \(code)" }
            let isRequest = failure.text("subject")?.hasPrefix("requests to") ?? false
            return isRequest ? "request failed" : "not started"
        }
        return (failure.text("state") ?? "").replacing("_", with: " ")
    }

    private static func cause(_ failure: JSONValue) -> String {
        if let sample = failure.text("sample"), !sample.isEmpty { return sample }
        return "the \(failure.text("subject") ?? "task") printed no error"
    }
}

extension JSONValue {
    /// The texts of a member that is a list of them.
    fileprivate func texts(_ name: String) -> [String] {
        list(name).compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
}
