import Core

/// A pool as people read it.
struct PoolReport {
    let pool: JSONValue

    /// Writes its use, who holds its slots longest first, and its queue.
    func print(to terminal: Terminal = .output) {
        let name = VisibleText.oneLine(pool.text("name") ?? "")
        let use = "\(pool.integer("slots_in_use") ?? 0) of \(Words.count(pool.integer("slots") ?? 0, "slot")) in use"
        terminal.line("\(terminal.hasColours ? Style.bold.apply(to: name) : name): \(use)")
        terminal.line("  order: \(pool.text("order") ?? "")")
        if let since = pool.instant("full_since") { terminal.line("  full since: \(Words.instant(since))") }
        if let note = PoolsCommand.note(of: pool) { terminal.line("  \(note)") }
        var holders = Table("held by", "task", "runner", ">slots", "since")
        for holder in pool.list("holders") {
            holders.add(
                Table.Cell(holder.text("run"), .bold),
                Table.Cell(TaskTable.name(ofTask: holder)),
                Table.Cell(holder.text("runner")),
                .number(holder.integer("slots")),
                .instant(holder.instant("since"))
            )
        }
        print(holders, terminal)
        var queue = Table(">place", "waiting", "task", ">slots", ">priority", "since")
        for (index, waiter) in pool.list("queue").enumerated() {
            queue.add(
                .number(index + 1),
                Table.Cell(waiter.text("run"), .bold),
                Table.Cell(TaskTable.name(ofTask: waiter)),
                .number(waiter.integer("slots")),
                .number(waiter.integer("priority")),
                .instant(waiter.instant("since"))
            )
        }
        print(queue, terminal)
        let rest = (pool.integer("queued") ?? 0) - pool.list("queue").count
        if rest > 0 { terminal.line("and \(rest) more wait") }
    }

    private func print(_ table: Table, _ terminal: Terminal) {
        guard !table.isEmpty else { return }
        terminal.line()
        table.print(orElse: "", to: terminal)
    }
}
