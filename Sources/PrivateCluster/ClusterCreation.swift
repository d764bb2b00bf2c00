import Glibc

/// The making of a cluster: all of it or nothing.
struct ClusterCreation {
    let location: ClusterLocation
    let installation: PostgresInstallation

    /// Makes the cluster with its role and database under another name, then puts it into place by a rename, so that a
    /// start that was cut short leaves nothing which looks like a cluster.
    func run() throws(PrivateClusterError) {
        let draft = location.directory + ".new"
        try Folder.remove(draft)
        do throws(PrivateClusterError) {
            try Folder.make(draft, mode: 0o700)
            if ClusterUser.isRoot, unsafe chown(draft, location.user.id, location.user.group) != 0 {
                throw .file("change the owner of", draft)
            }
            try expectSuccess(
                "initdb",
                [
                    "--pgdata=\(draft)", "--username=rota", "--encoding=UTF8", "--locale=C.UTF-8",
                    "--auth-local=peer", "--auth-host=reject",
                ]
            )
            // In single-user mode, which takes a tenth of the time of a start with a client.
            try expectSuccess(
                "postgres",
                ["--single", "-D", draft, "template1"],
                input: "CREATE DATABASE rota;\n"
            )
            guard unsafe rename(draft, location.directory) == 0 else { throw .file("make", location.directory) }
        } catch {
            // The reason for stopping is what counts; a draft that stays is removed by the next start.
            try? Folder.remove(draft)
            throw error
        }
    }

    private func expectSuccess(
        _ name: String,
        _ arguments: [String],
        input: String = ""
    ) throws(PrivateClusterError) {
        let spawn = Spawn(program: installation.program(name), arguments: arguments, user: location.user)
        let outcome = try spawn.run(input: input)
        let complaint = ServerComplaint(in: outcome.output)
        guard !outcome.succeeded || complaint != nil else { return }
        if let complaint, complaint.isDiskFull { throw .diskFull(path: location.home) }
        throw .creationFailed(directory: location.home, reason: complaint?.reason ?? "\(name) gave no reason")
    }
}
