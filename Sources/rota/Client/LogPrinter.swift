import Core

/// Prints the log of a task, and goes on while it grows.
struct LogPrinter {
    let client: ServerClient
    let run: RunName
    let task: String
    let mapIndex: Int?
    private var text = VisibleText()

    /// How many seconds one answer may be waited for.
    private static let wait = 5

    /// Prints what this task of this run wrote.
    init(client: ServerClient, run: RunName, task: String, mapIndex: Int?) {
        self.client = client
        self.run = run
        self.task = task
        self.mapIndex = mapIndex
    }

    /// Prints the log of one attempt, the latest unless given; with `follow` until nothing more will come.
    mutating func print(attempt: Int?, follow: Bool) async throws {
        var key = LogKey(task: task, mapIndex: mapIndex, attempt: attempt ?? 0)
        var place = 0
        while true {
            let (from, wait) = (place, follow ? Self.wait : 0)
            let page =
                if follow, key.attempt > 0 {
                    try await Persistence.ask { [key] in
                        try await LogPage.read(client, run, key, from: from, wait: wait)
                    }
                } else {
                    try await LogPage.read(client, run, key, from: from, wait: wait)
                }
            // The latest attempt at the beginning stays the one that is printed.
            key.attempt = page.attempt
            page.tellLeftOut()
            write(page.bytes)
            place = page.next
            if page.isComplete || !follow && page.bytes.isEmpty { break }
        }
        if Terminal.output.isInteractive { Terminal.output.write(text.end()) }
    }

    /// Prints the attempts of a task one after the other, from the latest on, until the task has ended.
    mutating func followTask() async throws {
        var printed: Int?
        while true {
            let instance =
                printed == nil ? try await self.instance() : try await Persistence.ask { try await self.instance() }
            let newest = instance.list("attempts").last?.integer("number")
            if let newest, newest != printed {
                if printed != nil { Terminal.messages.line("rota: attempt \(newest)") }
                try await print(attempt: newest, follow: true)
                printed = newest
                continue
            }
            let state = instance.text("state").flatMap { TaskState(rawValue: $0) }
            if state?.isTerminal ?? true {
                if printed == nil {
                    Terminal.messages.line("The task '\(task)' was not started: \(state?.rawValue ?? "").")
                }
                return
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Prints the log of one attempt as a JSON document; bytes that are not UTF-8 are replaced.
    func printJSON(attempt: Int?) async throws {
        var key = LogKey(task: task, mapIndex: mapIndex, attempt: attempt ?? 0)
        var bytes: [UInt8] = []
        var (place, leftOut) = (0, 0)
        while true {
            let page = try await LogPage.read(client, run, key, from: place, wait: 0)
            key.attempt = page.attempt
            bytes += page.bytes
            leftOut += page.leftOut
            place = page.next
            if page.isComplete || page.bytes.isEmpty { break }
        }
        let document = JSONValue.object([
            "run": .string(run.description),
            "task": .string(task),
            "map_index": mapIndex.map { .number("\($0)") } ?? .null,
            "attempt": .number("\(key.attempt)"),
            "log": .string(String(decoding: bytes, as: UTF8.self)),
            "left_out": .number("\(leftOut)"),
        ])
        Terminal.output.line(document.description)
    }

    private func instance() async throws -> JSONValue {
        let route = ServerClient.Route("runs", run.dag, run.key, "tasks", task).with("map_index", mapIndex)
        let instances = try await client.items(route.with("limit", 1))
        guard let instance = instances.first(where: { $0.integer("map_index") == mapIndex }) else {
            let sentence =
                mapIndex.map { "The task '\(task)' has no instance \($0)." }
                ?? "The task '\(task)' is mapped: choose one of its instances with --map-index."
            throw ClientFailure.answered(status: 404, kind: "not_found", message: sentence, place: client.address.name)
        }
        return instance
    }

    private mutating func write(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        Terminal.output.write(Terminal.output.isInteractive ? text.show(bytes) : bytes)
    }
}
