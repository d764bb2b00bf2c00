import Glibc

/// What a server may leave behind: found by its data directory, ended by number.
struct Residue: Sendable {
    let scratch: ScratchFolder
    let data: String

    /// The lines of the database's pid file.
    var postmasterFile: [String] {
        let text = TextFile.read(data + "/postgres/data/postmaster.pid") ?? ""
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The database's main process.
    var postmaster: pid_t? {
        guard let process = postmasterFile.first.flatMap({ pid_t($0) }), names(process, data) else { return nil }
        return process
    }

    /// The keeper of the local runner.
    var keeper: pid_t? {
        ProcessUse.all().first { process in
            let words = ProcessUse.words(of: process)
            return words.first?.hasSuffix("rota-keeper") == true && words.contains { $0.hasPrefix(data) }
        }
    }

    /// Ends everything and removes the folder.
    func clear() {
        for process in ProcessUse.all() where isServer(process) { end(process, SIGKILL) }
        if let keeper {
            for task in ProcessUse.descendants(of: keeper) { kill(task, SIGKILL) }
            end(keeper, SIGKILL)
        }
        let folder = postmasterFile.count > 4 ? postmasterFile[4] : nil
        if let postmaster {
            end(postmaster, SIGQUIT)
            if let folder { _ = try? Program("/bin/rm", ["-rf", folder]).run() }  // as ScratchFolder.remove
        }
        scratch.remove()
    }

    private func isServer(_ process: pid_t) -> Bool {
        let words = ProcessUse.words(of: process)
        return words.count > 3 && words[1] == "standalone" && words.contains(data)
    }

    private func names(_ process: pid_t, _ path: String) -> Bool {
        ProcessUse.words(of: process).contains { $0.hasPrefix(path) }
    }

    /// Ends a process and waits a moment for it to be gone.
    private func end(_ process: pid_t, _ signal: Int32) {
        kill(process, signal)
        for _ in 0..<500 where kill(process, 0) == 0 && !Program.hasEnded(process) { usleep(10_000) }
    }
}

/// The processes of a server, and what they cost.
struct ServerProcesses: Sendable {
    let server: pid_t
    let keeper: pid_t
    let postmaster: pid_t

    /// Processor time used so far, in seconds.
    struct Times: Sendable {
        var server = 0.0
        var keeper = 0.0
        var database = 0.0
        /// What the keeper started and has collected: the tasks' own.
        var tasks = 0.0

        /// Everything but the tasks.
        var own: Double { server + keeper + database }
        /// Everything.
        var total: Double { own + tasks }

        static func - (left: Times, right: Times) -> Times {
            Times(
                server: left.server - right.server,
                keeper: left.keeper - right.keeper,
                database: left.database - right.database,
                tasks: left.tasks - right.tasks
            )
        }
    }

    /// Looks now; sessions of the database that ended are counted with its main process.
    func times() -> Times {
        var times = Times()
        times.server = ProcessUse.processorTime(of: server)?.own ?? 0
        if let time = ProcessUse.processorTime(of: keeper) { (times.keeper, times.tasks) = time }
        if let time = ProcessUse.processorTime(of: postmaster) { times.database = time.own + time.children }
        for child in ProcessUse.children(of: postmaster) {
            times.database += ProcessUse.processorTime(of: child)?.own ?? 0
        }
        return times
    }

    /// Memory of server and keeper in MiB, each shared page by its share.
    func memory() -> Double { [server, keeper].compactMap { ProcessUse.memory(of: $0) }.reduce(0, +) }
}
