import Core

/// The shell text of each request; the functions it calls are those of the far side's role `serve`.
enum SSHRequest {
    /// Starts orders that have no objection from `ShellText`.
    ///
    /// No identity may come twice. Only refusals are answered.
    static func start(_ orders: [StartOrder]) -> [UInt8] {
        let ids = orders.map(\.id.description).joined(separator: " ")
        var text = Array("claim \(ids)\n".utf8)
        for order in orders {
            let folder = "attempts/\(order.id)"
            text += Array("if is_new \(order.id); then\n".utf8)
            text += ShellText.printing(order.script) + Array(" >\(folder)/script &&\n".utf8)
            text += ShellText.printing(settings(order)) + Array(" >\(folder)/order &&\n".utf8)
            text += ShellText.printing(ShellText.exporting(order.environment))
            text += Array(" >\(folder)/environment && prepare \(order.id) \(order.runDirectory) ||\n".utf8)
            text += Array(
                "bury \(order.id) 'its files could not be written on the host: no space or no permission'\n".utf8
            )
            text += Array("fi 2>/dev/null\n".utf8)
        }
        return text + Array("launch\nanswer_refused \(ids)".utf8)
    }

    /// What goes over the channel for several calls at once.
    ///
    /// Braces make the shell read all of it before it does any of it, so half a request does nothing.
    static func joined(_ calls: [(tag: Int, text: [UInt8])]) -> [UInt8] {
        let isShort = calls.allSatisfy { !$0.text.contains(UInt8(ascii: "\n")) } && calls.count <= 8
        let end: [UInt8] = Array((isShort ? "; " : "\n").utf8)
        var text = Array("{ ".utf8)
        for call in calls {
            text += Array("tag=\(call.tag)".utf8) + end
            if !call.text.isEmpty { text += call.text + end }
            text += Array("say done".utf8) + end
        }
        text.append(UInt8(ascii: "}"))
        return isShort && text.count <= 1024
            ? [UInt8(ascii: "=")] + text + [UInt8(ascii: "\n")] : Array("\(text.count)\n".utf8) + text
    }

    /// What became of orders that were not refused, once their commands have begun.
    static func started(_ ids: [AttemptID]) -> [UInt8] { text("answer_started", ids) }

    /// Tells the newest reading of the far side's clock that was heard, and asks for its clock and figures.
    static func greet(heard: KeeperClock?) -> [UInt8] {
        guard let heard else { return Array("greet - 0".utf8) }
        return Array("greet ".utf8) + ShellText.quoted(Array(heard.bootID.utf8))
            + Array(" \(hundredths(heard.sinceBoot))".utf8)
    }

    static func ask(_ ids: [AttemptID]) -> [UInt8] { text("ask", ids) }

    static func watch(_ ids: [AttemptID]) -> [UInt8] { text("watch", ids) }

    static func forget(_ ids: [AttemptID]) -> [UInt8] { text("forget", ids) }

    static func forgetRun(_ runDirectory: String) -> [UInt8] { Array("forget_run \(runDirectory)".utf8) }

    /// The grace goes in hundredths, in which /proc/uptime counts.
    static func cancel(_ id: AttemptID, grace: Duration) -> [UInt8] {
        Array("cancel \(id) \(hundredths(grace))".utf8)
    }

    /// Asks for whole blocks of 4 KiB; the answer begins at the block that holds the offset.
    static func read(_ file: String, of id: AttemptID, from offset: Int64, limit: Int) -> [UInt8] {
        let firstBlock = offset / 4096
        return Array("read_part \(id) \(file) \(firstBlock) \(Int(offset - firstBlock * 4096) + limit)".utf8)
    }

    private static func text(_ name: String, _ ids: [AttemptID]) -> [UInt8] {
        Array("\(name) \(ids.map(\.description).joined(separator: " "))".utf8)
    }

    /// What the parent of the command reads: the environment is kept apart, for it is wiped once it has been read.
    private static func settings(_ order: StartOrder) -> [UInt8] {
        var folder = Array("o_folder=".utf8)
        if let directory = order.workingDirectory, !directory.isEmpty {
            // A relative one begins at home, as in an ssh session.
            if directory.utf8.first != UInt8(ascii: "/") { folder += Array("\"$HOME\"/".utf8) }
            folder += ShellText.quoted(Array(directory.utf8))
        }
        let shell = order.shell.map { ShellText.quoted(Array($0.utf8)) }.joined(separator: [UInt8(ascii: " ")])
        let timeout = order.timeout.map { seconds($0) } ?? ""
        return folder
            + Array("\no_run=\(order.runDirectory)\no_timeout=\(timeout)\no_grace=\(hundredths(order.grace))\n".utf8)
            + limits(order)
            + Array("o_shell=".utf8) + ShellText.quoted(Array(shell)) + Array("\n".utf8)
    }

    /// When the command is ended for silence, and the address space of each of its processes, in KiB.
    private static func limits(_ order: StartOrder) -> [UInt8] {
        let fence = order.fence.map { ("\(hundredths($0.after))", "\(hundredths($0.contact.sinceBoot))") } ?? ("", "")
        let memory = order.limits.memory.map { "\(max(1, $0 / 1024))" } ?? ""
        let note = order.limits.memoryWords.map {
            "its \($0) of memory were the limit of each process for itself, as a shell can do no more"
        }
        return Array("o_fence=\(fence.0)\no_contact=\(fence.1)\no_memory=\(memory)\no_note=".utf8)
            + ShellText.quoted(Array((note ?? "").utf8)) + Array("\n".utf8)
    }

    /// A century is for ever here, and every shell can count so far.
    private static func hundredths(_ duration: Duration) -> Int64 {
        min(max(0, duration.clampedMicroseconds / 10_000), 315_360_000_000)
    }

    private static func seconds(_ duration: Duration) -> String {
        let hundredths = max(1, hundredths(duration))
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}
