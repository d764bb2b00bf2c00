import ArgumentParser
import Core

/// `rota pools`: named capacities that DAGs share.
struct PoolsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pools",
        abstract: "List pools, see who holds and who waits for their slots, and change them.",
        discussion: """
            Examples:
              rota pools list
              rota pools show warehouse
              rota pools set warehouse --slots 6
              rota pools set gpu --order shortest
              rota pools remove warehouse
            """,
        subcommands: [List.self, Show.self, Set.self, Remove.self],
        defaultSubcommand: List.self
    )

    /// `rota pools list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List pools with their slots and queues.")

        @OptionGroup var server: ServerOptions

        func run() async throws {
            let client = try server.client()
            let answer = try await client.get(ServerClient.Route("pools"))
            guard !server.json else { return server.printJSON(answer) }
            var table = Table("pool", ">slots", ">waiting", "order", "full since", "note")
            for pool in try client.parse(answer).list("items") {
                table.add(
                    Table.Cell(pool.text("name"), .bold),
                    Table.Cell("\(pool.integer("slots_in_use") ?? 0)/\(pool.integer("slots") ?? 0)"),
                    .number(pool.integer("queued")),
                    Table.Cell(pool.text("order")),
                    .instant(pool.instant("full_since")),
                    Table.Cell(PoolsCommand.note(of: pool))
                )
            }
            table.print(
                orElse: "There is no pool. `rota pools set NAME --slots N` makes one; rota.yaml can name them too."
            )
        }
    }

    /// `rota pools show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show who holds a pool's slots, and who waits for them."
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The pool's name.") var pool: String

        func run() async throws {
            let client = try server.client()
            let answer = try await client.get(ServerClient.Route("pools", pool))
            guard !server.json else { return server.printJSON(answer) }
            PoolReport(pool: try client.parse(answer)).print()
        }
    }

    /// `rota pools set`.
    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a pool, or change its size or order.",
            discussion: "What is said here goes before rota.yaml, also after a restart, until `rota pools remove`."
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The pool's name.") var pool: String

        @Option(help: ArgumentHelp("How many slots it has; 0 holds every task that names it.", valueName: "n"))
        var slots: Int?

        @Option(help: "Which waiting task goes first: fifo, priority, fair, deadline, shortest, critical_path.")
        var order: QueueOrder?

        func validate() throws {
            if slots == nil, order == nil { throw ValidationError("Say --slots, --order or both.") }
            if let slots, slots < 0 { throw ValidationError("A pool has no fewer than 0 slots.") }
        }

        func run() async throws {
            let client = try server.client()
            let answer = try await client.post(
                ServerClient.Route("pools", pool),
                .object(["slots": slots.map { .number("\($0)") }, "order": order.map { .string($0.rawValue) }])
            )
            guard !server.json else { return server.printJSON(answer) }
            let now = try client.parse(answer)
            let inUse = now.integer("slots_in_use") ?? 0
            let size = now.integer("slots") ?? 0
            Terminal.messages.line(
                "\(pool): \(Words.count(size, "slot")), order \(now.text("order") ?? ""), \(inUse) in use."
            )
            if inUse > size {
                Terminal.messages.line("What runs goes on; nothing starts until fewer than \(size) are in use.")
            }
            if let file = now.integer("settings_slots") {
                Terminal.messages.line("rota.yaml says \(file); `rota pools remove \(pool)` goes back to that.")
            }
        }
    }

    /// `rota pools remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take back what `rota pools set` said: a pool that rota.yaml does not name is gone."
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: "The pool's name.") var pool: String

        func run() async throws {
            let client = try server.client()
            let answer = try await client.delete(ServerClient.Route("pools", pool))
            guard !server.json else { return server.printJSON(answer) }
            let isGone = try client.parse(answer).flag("removed")
            Terminal.messages.line(
                isGone
                    ? "Removed \(pool). Tasks that name it wait until it exists again."
                    : "\(pool) is as rota.yaml says again."
            )
        }
    }

    /// That a person's word is in force.
    static func note(of pool: JSONValue) -> String? {
        guard pool.flag("changed") else { return nil }
        let file = pool.integer("settings_slots").map { "; rota.yaml: \($0)" } ?? ""
        return "set by \(pool.text("changed_by") ?? "a person")\(file)"
    }
}

extension QueueOrder: ExpressibleByArgument {}
