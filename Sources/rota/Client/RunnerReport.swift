import Core

/// A runner as people read it.
struct RunnerReport {
    let runner: JSONValue

    /// Writes its state, load and labels, what runs there, and what was said of it.
    func print(to terminal: Terminal = .output) {
        let name = VisibleText.oneLine(runner.text("name") ?? "")
        terminal.line("\(terminal.hasColours ? Style.bold.apply(to: name) : name): \(runner.text("state") ?? "")")
        let use =
            "\(runner.integer("slots_in_use") ?? 0) of \(Words.count(runner.integer("slots") ?? 0, "slot")) in use"
        let lines: [(String, String?)] = [
            ("reason", runner.text("reason")), ("copy", copy),
            ("drained", Self.drain(of: runner)), ("slots", use),
            ("reserved", reserved), ("busy", busy), ("limits", limits), ("load", load),
            ("labels", Self.labels(of: runner)),
            ("kind", runner.text("kind")), ("address", Self.address(of: runner)),
            ("host", runner.text("host_name")), ("version", runner.text("version")), ("boot", runner.text("boot_id")),
            ("last contact", runner.instant("last_contact_at").map(Words.instant)),
            ("joined", runner.instant("joined_at").map(Words.instant)),
        ]
        for case (let name, let text?) in lines where !text.isEmpty {
            terminal.line("  \(name): \(VisibleText.oneLine(text))")
        }
        Self.print(runner.list("holders"), terminal)
        var history = Table("when", "what", ">attempts", "who", "why")
        for line in runner.list("history") {
            history.add(
                .instant(line.instant("at")),
                Table.Cell(line.text("verb")),
                .number(line.integer("attempts")),
                Table.Cell(line.text("actor")),
                Table.Cell(line.text("reason"))
            )
        }
        guard !history.isEmpty else { return }
        terminal.line()
        history.print(orElse: "", to: terminal)
    }

    private var reserved: String? {
        guard let reserved = runner["reserved"], reserved != .null else { return nil }
        return
            "\(Words.count(reserved.integer("slots") ?? 0, "slot")) for priority \(reserved.integer("priority") ?? 0) and above"
    }

    private var busy: String? { Self.busy(of: runner) }

    /// That it takes nothing more, its host having enough to do.
    static func busy(of runner: JSONValue) -> String? {
        guard let busy = runner["busy"], busy != .null else { return nil }
        let since = busy.instant("since").map { " since \(Words.instant($0))" } ?? ""
        return "takes nothing more\(since): \(busy.text("reason") ?? "")"
    }

    private var limits: String? {
        guard let limits = runner["busy_limits"], limits != .null else { return nil }
        var words: [String] = []
        if let figure = Self.figure(limits["per_processor"]) {
            words.append("load of at most \(figure) for each processor")
        }
        if let figure = Self.figure(limits["memory_free"]) { words.append("at least \(figure) of the memory free") }
        if let figure = Self.figure(limits["measure"]) { words.append("own measure of at most \(figure)") }
        return words.joined(separator: ", ")
    }

    private var copy: String? {
        guard runner.text("state") != "held", let copy = runner["copy"], copy != .null else { return nil }
        let at = copy.instant("at").map { " at \(Words.instant($0))" } ?? ""
        return "a host was refused\(at): \(copy.text("reason") ?? "")"
    }

    private var load: String? {
        guard let load = runner["load"], load != .null else { return nil }
        var words: [String] = []
        if let figure = Self.figure(load["per_processor"]) { words.append("\(figure) for each processor") }
        if let figure = Self.figure(load["memory_free"]) { words.append("\(figure) of the memory free") }
        if let figure = Self.figure(load["measure"]) { words.append("own measure \(figure)") }
        if let at = load.instant("at") { words.append("at \(Words.instant(at))") }
        return words.joined(separator: ", ")
    }

    private static func figure(_ value: JSONValue?) -> String? {
        if case .number(let digits)? = value { digits } else { nil }
    }

    /// Its labels in one line.
    static func labels(of runner: JSONValue) -> String {
        runner.list("labels").map { label in
            if case .string(let text) = label { text } else { label.description }
        }.joined(separator: ", ")
    }

    /// Where it is reached.
    static func address(of runner: JSONValue) -> String? {
        runner.text("address") ?? (runner.instant("joined_at") == nil ? nil : "dials in")
    }

    /// That it takes nothing new, and by whose word.
    static func drain(of runner: JSONValue) -> String? {
        guard let drain = runner["drained"], drain != .null else { return nil }
        let why = drain.text("reason").map { ": \($0)" } ?? ""
        let since = drain.instant("at").map { " since \(Words.instant($0))" } ?? ""
        return "takes nothing new\(since), by \(drain.text("actor") ?? "a person")\(why)"
    }

    /// Writes what a word about a runner did or would do, with what runs there.
    static func print(_ plan: JSONValue, _ sentence: String, isRehearsal: Bool) {
        let terminal = isRehearsal ? Terminal.output : Terminal.messages
        terminal.line(sentence)
        let count = plan.integer("attempts") ?? 0
        terminal.line(
            count == 0
                ? "Nothing runs there."
                : "\(Words.count(count, "attempt")) on it \(count == 1 ? "has" : "have") not ended:"
        )
        print(plan.list("tasks"), terminal)
        let rest = count - plan.list("tasks").count
        if rest > 0 { terminal.line("and \(rest) more") }
    }

    private static func print(_ tasks: [JSONValue], _ terminal: Terminal) {
        guard !tasks.isEmpty else { return }
        var table = Table("run", "task", "state", ">slots", "since")
        for task in tasks {
            table.add(
                Table.Cell(task.text("run"), .bold),
                Table.Cell(TaskTable.name(ofTask: task)),
                .state(task.text("state")),
                .number(task.integer("slots")),
                .instant(task.instant("since"))
            )
        }
        terminal.line()
        table.print(orElse: "", to: terminal)
    }
}
