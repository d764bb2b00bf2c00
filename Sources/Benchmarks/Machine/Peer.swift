import Glibc

/// A `rota serve` on the database of a measured server: one more scheduler, one more runner.
struct Peer: Sendable {
    let process: pid_t
    let data: String

    /// Starts one; its data go into the server's folder, and it shares the server's DAG files.
    static func start(_ name: String, beside server: MeasuredServer, slots: Int) throws(BenchFailure) -> Peer {
        let data = "\(server.scratch.path)/\(name)"
        try TextFile.makeFolder(data, mode: 0o711)
        try TextFile.write("runners: [{name: \(name), kind: local, slots: \(slots)}]\n", to: data + "/rota.yaml")
        let log = unsafe open("\(server.scratch.path)/\(name).log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard log >= 0 else { throw .system(doing: "write the log of \(name)", code: errno) }
        defer { close(log) }
        var program = Program(
            server.rota,
            [
                "serve", "--data", data, "--dags", server.dags, "--listen", "127.0.0.1:0", "--runner-name", name,
            ],
            isDetached: true
        )
        program.environment = ["DATABASE_URL=\(try server.databaseAddress())"]
        return Peer(process: try program.start(output: log, error: log), data: data)
    }

    /// Ends it as Ctrl-C would, and its keeper with it.
    func stop() async {
        await Program.end(process)
        for other in ProcessUse.all() where ProcessUse.words(of: other).contains(where: { $0.hasPrefix(data + "/") }) {
            kill(other, SIGKILL)
        }
    }
}

extension MeasuredServer {
    /// Runs a body with so many peers beside it, each of which takes tasks already.
    func withPeers<R: Sendable>(_ count: Int, slots: Int, _ body: () async throws -> R) async throws -> R {
        var peers: [Peer] = []
        do {
            for number in 0..<count { peers.append(try Peer.start("peer\(number + 1)", beside: self, slots: slots)) }
            try await waitForRunners(1 + count)
            let result = try await body()
            for peer in peers { await peer.stop() }
            return result
        } catch {
            for peer in peers { await peer.stop() }
            throw error
        }
    }
}
