import ArgumentParser
import Core

extension RunnersCommand {
    /// `rota runners strays`.
    struct Strays: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List processes on a runner that outlived their attempts.",
            discussion: """
                What a task leaves behind when its own command ends runs on; nobody kills it
                but a person, by `rota runners reap`.

                EXAMPLES
                  rota runners strays etl-1
                  rota runners strays etl-1 --json
                """
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The runner's name.") var runner: String

        func run() async throws {
            let client = try server.client()
            let answer = try await client.get(ServerClient.Route("runners", runner, "strays"))
            guard !server.json else { return server.printJSON(answer) }
            var table = Table(">process", "name", "run", "task", "seen", "note")
            for stray in try client.parse(answer).list("items") {
                let index = stray.integer("map_index").map { "[\($0)]" } ?? ""
                table.add(
                    Table.Cell("\(stray.integer("process_id") ?? 0)", .bold),
                    Table.Cell(stray.text("name")),
                    Table.Cell(stray.text("run") ?? "not known"),
                    Table.Cell(stray.text("task").map { $0 + index }),
                    .instant(stray.instant("seen_at")),
                    Table.Cell(stray.instant("reap_requested_at") == nil ? nil : "being ended")
                )
            }
            table.print(orElse: "No process on \(runner) has outlived its attempt.")
        }
    }

    /// `rota runners reap`.
    struct Reap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Kill processes on a runner that outlived their attempts.",
            discussion: """
                Without --process all that `rota runners strays` lists. Processes of attempts
                that still run are never touched; `rota tasks cancel` is for these.

                EXAMPLES
                  rota runners reap etl-1
                  rota runners reap etl-1 --process 4711
                """
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The runner's name.") var runner: String
        @Option(help: ArgumentHelp("The number of one process.", valueName: "n")) var process: Int?

        func run() async throws {
            let client = try server.client()
            let answer = try await client.post(
                ServerClient.Route("runners", runner, "reap"),
                .object(["process": process.map { .number("\($0)") }])
            )
            guard !server.json else { return server.printJSON(answer) }
            let count = try client.parse(answer).integer("asked") ?? 0
            Terminal.messages.line(
                count == 0
                    ? "No process on \(runner) has outlived its attempt."
                    : "\(count) to be killed on \(runner), within seconds. `rota runners strays \(runner)` shows what is left."
            )
        }
    }
}
