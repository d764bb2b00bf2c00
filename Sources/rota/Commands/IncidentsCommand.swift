import ArgumentParser
import Core

/// `rota incidents`: what people were told of.
struct IncidentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents",
        abstract: "List what people were told of, acknowledge it, and mute it.",
        discussion: """
            An incident is one sort of failure within one run. Whom rota.yaml names
            under 'notifications' is told of it once. It is solved when its task
            succeeds, in the same run or in a later one; it is open until then, or
            until somebody acknowledges it.

            Examples:
              rota incidents list --open
              rota incidents ack 3f9c2a71b0
              rota incidents mute 3f9c2a71b0 --for 8h --reason "it is being moved"
              rota incidents mute 3f9c2a71b0 --for 1d --dag
              rota incidents mutes
              rota incidents unmute 4
            """,
        subcommands: [List.self, Show.self, Acknowledge.self, Mute.self, Mutes.self, Unmute.self],
        defaultSubcommand: List.self
    )

    /// `rota incidents list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List incidents, newest first.")

        @OptionGroup var server: ServerOptions
        @Flag(help: "Only those not solved that nobody has acknowledged.") var open = false
        @Option(help: ArgumentHelp("How many at most, up to 1000.", valueName: "n")) var limit = 20

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000.") }
        }

        func run() async throws {
            let client = try server.client()
            let route = ServerClient.Route("incidents").with("open", open ? "true" : nil).with("limit", limit)
            let answer = try await client.get(route)
            guard !server.json else { return server.printJSON(answer) }
            var table = Table("incident", "at", "run", "task", "state", "told", "acknowledged by", "cause")
            for item in try client.parse(answer).list("items") {
                table.add(
                    Table.Cell(item.text("code"), .bold),
                    .instant(item.instant("at")),
                    Table.Cell(item.text("run")),
                    Table.Cell(IncidentsCommand.task(of: item)),
                    Table.Cell(IncidentsCommand.state(of: item)),
                    Table.Cell(IncidentsCommand.told(item)),
                    Table.Cell(item.text("acknowledged_by")),
                    Table.Cell(item.text("cause") ?? item.text("reason"))
                )
            }
            table.print(orElse: open ? "No incident is open." : "There is no incident yet.")
        }
    }

    /// `rota incidents show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an incident, and what became of its messages.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The incident's code.") var incident: String

        func run() async throws {
            let client = try server.client()
            let answer = try await client.get(ServerClient.Route("incidents", incident))
            guard !server.json else { return server.printJSON(answer) }
            IncidentsCommand.print(try client.parse(answer))
        }
    }

    /// `rota incidents ack`.
    struct Acknowledge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ack",
            abstract: "Acknowledge an incident: others see that you have taken it up."
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The incident's code.") var incident: String

        func run() async throws {
            let client = try server.client()
            let answer = try await client.post(ServerClient.Route("incidents", incident, "acknowledge"))
            guard !server.json else { return server.printJSON(answer) }
            Terminal.messages.line("Incident \(incident) is acknowledged: others see that you have taken it up.")
        }
    }

    /// `rota incidents mute`.
    struct Mute: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let nobody be told of an incident's cause, or of its DAG, for a while."
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The incident's code.") var incident: String
        @Option(name: .customLong("for"), help: ArgumentHelp("For how long, such as 8h.", valueName: "duration"))
        var span: String
        @Flag(help: "Every failure of the DAG, instead of this cause wherever it happens.") var dag = false
        @Option(help: ArgumentHelp("Why; others see it in the list of mutes.", valueName: "text")) var reason: String?

        func run() async throws {
            let client = try server.client()
            let answer = try await client.post(
                ServerClient.Route("incidents", incident, "mute"),
                .object([
                    "what": .string(dag ? "dag" : "failure"), "for": .string(span),
                    "reason": reason.map { .string($0) } ?? .null,
                ])
            )
            guard !server.json else { return server.printJSON(answer) }
            let mute = try client.parse(answer)
            let until = mute.instant("until").map(Words.instant) ?? ""
            Terminal.messages.line("Mute \(mute.integer("id") ?? 0) is in force until \(until).")
        }
    }

    /// `rota incidents mutes`.
    struct Mutes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the mutes in force.")

        @OptionGroup var server: ServerOptions

        func run() async throws {
            let client = try server.client()
            let answer = try await client.get(ServerClient.Route("mutes"))
            guard !server.json else { return server.printJSON(answer) }
            var table = Table("mute", "dag", "cause", "until", "by", "why")
            for item in try client.parse(answer).list("items") {
                table.add(
                    Table.Cell(item.integer("id").map(String.init), .bold),
                    Table.Cell(item.text("dag")),
                    Table.Cell(item.text("cause")),
                    .instant(item.instant("until")),
                    Table.Cell(item.text("actor")),
                    Table.Cell(item.text("reason"))
                )
            }
            table.print(orElse: "Nothing is muted.")
        }
    }

    /// `rota incidents unmute`.
    struct Unmute: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a mute before its time.")

        @OptionGroup var server: ServerOptions
        @Argument(help: "The mute's number.") var mute: Int

        func run() async throws {
            let answer = try await server.client().post(ServerClient.Route("mutes", "\(mute)", "end"))
            guard !server.json else { return server.printJSON(answer) }
            Terminal.messages.line("Mute \(mute) has ended.")
        }
    }

    private static func state(of incident: JSONValue) -> String {
        if incident.instant("solved_at") != nil { return "solved" }
        return incident.text("acknowledged_by") == nil ? "open" : "acknowledged"
    }

    private static func task(of incident: JSONValue) -> String {
        guard let task = incident.text("task") else { return "" }
        let more = (incident.integer("failed_tasks") ?? 1) - 1
        return task + (incident.integer("map_index").map { "[\($0)]" } ?? "") + (more > 0 ? " and \(more) more" : "")
    }

    /// Who was told, in few words.
    private static func told(_ incident: JSONValue) -> String {
        if incident["muted"] == .boolean(true) { return "muted" }
        return incident.list("messages").map { message in
            let name = message.text("to") ?? ""
            if message.instant("delivered_at") != nil { return name }
            return message.text("error") == nil ? "\(name) (on its way)" : "\(name) (not yet)"
        }.joined(separator: ", ")
    }

    private static func print(_ incident: JSONValue) {
        let out = Terminal.output
        let place = task(of: incident)
        out.line(
            "incident \(incident.text("code") ?? ""): \(incident.text("run") ?? "")\(place.isEmpty ? "" : " \(place)")"
        )
        if let cause = incident.text("cause") ?? incident.text("reason") {
            out.line("  " + VisibleText.oneLine(cause))
        }
        out.line("  at: \(incident.instant("at").map(Words.instant) ?? "")")
        if let at = incident.instant("solved_at") {
            let by = incident.text("solved_by").map { $0 == incident.text("run") ? ", in the same run" : ", by \($0)" }
            out.line("  solved: \(Words.instant(at))\(by ?? "")")
        }
        out.line("  acknowledged by: \(incident.text("acknowledged_by") ?? "nobody yet")")
        if incident["muted"] == .boolean(true) { out.line("  told: nobody, it was muted") }
        for message in incident.list("messages") {
            let name = message.text("to") ?? ""
            if let at = message.instant("delivered_at") {
                out.line("  told: \(name), \(Words.instant(at))")
            } else if let error = message.text("error") {
                let next = message.instant("next_try_at").map { "next try \(Words.instant($0))" } ?? "given up"
                out.line("  not told: \(name), \(message.integer("tries") ?? 0) tries: \(error); \(next)")
            } else {
                out.line("  on its way: \(name)")
            }
        }
    }
}
