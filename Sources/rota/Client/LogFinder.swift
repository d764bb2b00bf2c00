import Core

/// Prints the lines of a task's log that a search finds, as `grep -n` does.
struct LogFinder {
    let client: ServerClient
    let run: RunName
    let key: LogKey
    let wanted: Wanted

    /// What is looked for.
    struct Wanted: Sendable {
        var text: String
        var isPattern: Bool
        var ignoresCase: Bool
        var context: Int
    }

    /// How many lines are printed at most; the rest is counted.
    private static let mostLines = 1_000

    /// What the answers of the server came to.
    private struct Found {
        var attempt = 0
        var lines: [JSONValue] = []
        var count = 0
        var searched = 0
    }

    /// Prints lines with their numbers; returns whether there were any.
    func print() async throws -> Bool {
        let found = try await find()
        let numbered = { (line: JSONValue) in (number: line.integer("line") ?? 0, content: line) }
        let hits = found.lines.map { line in
            (numbered(line), before: line.list("before").map(numbered), after: line.list("after").map(numbered))
        }
        for line in FoundLine.listing(hits) {
            if wanted.context > 0, line.followsGap { Terminal.output.line("--") }
            write(line)
        }
        if found.count > found.lines.count {
            let sentence = "\(found.count) lines match; the first \(found.lines.count) are printed."
            Terminal.messages.line("rota: \(sentence)")
        }
        return found.count > 0
    }

    /// Prints all of it as one JSON document; returns whether there was anything.
    func printJSON() async throws -> Bool {
        let found = try await find()
        let document = JSONValue.object([
            "run": .string(run.description),
            "task": .string(key.task),
            "map_index": key.mapIndex.map { .number("\($0)") } ?? .null,
            "attempt": .number("\(found.attempt)"),
            "count": .number("\(found.count)"),
            "searched": .number("\(found.searched)"),
            "lines": .array(found.lines),
        ])
        Terminal.output.line(document.description)
        return found.count > 0
    }

    /// Asks again from where the last answer ended, until all is searched.
    private func find() async throws -> Found {
        var found = Found()
        while true {
            let number = key.attempt == 0 ? found.attempt : key.attempt
            let route = ServerClient.Route(
                "runs",
                run.dag,
                run.key,
                "tasks",
                key.task,
                "attempts",
                number == 0 ? "latest" : "\(number)",
                "log",
                "search"
            )
            .with("map_index", key.mapIndex)
            .with("q", wanted.text)
            .with("regex", wanted.isPattern ? true : nil)
            .with("ignore_case", wanted.ignoresCase ? true : nil)
            .with("context", wanted.context == 0 ? nil : wanted.context)
            .with("from", found.searched == 0 ? nil : found.searched)
            let answer = try await client.document(route, patience: .seconds(60))
            guard let searched = answer.integer("searched") else {
                throw ClientFailure.strangeAnswer(
                    place: client.address.name,
                    what: "it does not say where the search ended"
                )
            }
            found.attempt = answer.integer("attempt") ?? found.attempt
            found.lines += answer.list("lines").prefix(Self.mostLines - found.lines.count)
            found.count += answer.integer("count") ?? 0
            let isOver = answer.flag("complete") || searched <= found.searched
            found.searched = searched
            if isOver { return found }
        }
    }

    private func write(_ line: FoundLine<JSONValue>) {
        let text = line.content.text("text") ?? ""
        let number = "\(line.number)\(line.isHit ? ":" : "-")"
        let shown = Terminal.output.isInteractive ? VisibleText.oneLine(text) : text
        Terminal.output.line((Terminal.output.hasColours ? Style.green.apply(to: number) : number) + shown)
    }
}
