import Glibc

/// One installed PostgreSQL server: where its programs are and which major version they have.
struct PostgresInstallation: Equatable {
    let binaries: String
    let version: Int

    /// The oldest version that knows everything the settings and the schema ask for.
    static let oldestVersion = 14

    func program(_ name: String) -> String { "\(binaries)/\(name)" }

    /// Finds what is installed: Debian's folders, what pg_config names, what is on PATH; newest first.
    static func all(user: ClusterUser) -> [PostgresInstallation] {
        let debian = "/usr/lib/postgresql"
        var folders = Folder.names(in: debian).map { "\(debian)/\($0)/bin" }
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        for folder in path.split(separator: ":").map(String.init) {
            if unsafe access("\(folder)/initdb", X_OK) == 0 { folders.append(folder) }
            if unsafe access("\(folder)/pg_config", X_OK) == 0,
                let told = output(of: "\(folder)/pg_config", "--bindir", user: user)
            {
                folders.append(told)
            }
        }
        var seen: Set<String> = []
        return folders.compactMap { folder -> PostgresInstallation? in
            guard let folder = Folder.resolved(folder), seen.insert(folder).inserted else { return nil }
            return at(folder, user: user)
        }
        .sorted { $0.version > $1.version }
    }

    /// Chooses the installation for a cluster: its own version's, or the newest for a cluster that is still to be made.
    static func choose(
        from installed: [PostgresInstallation],
        clusterVersion: Int?,
        directory: String
    ) throws(PrivateClusterError) -> PostgresInstallation {
        let usable = installed.filter { $0.version >= oldestVersion }
        guard let newest = usable.first else { throw .postgresMissing(oldest: oldestVersion) }
        guard let clusterVersion else { return newest }
        guard let same = usable.first(where: { $0.version == clusterVersion }) else {
            throw .otherVersion(directory: directory, cluster: clusterVersion, installed: newest.version)
        }
        return same
    }

    private static func at(_ folder: String, user: ClusterUser) -> PostgresInstallation? {
        guard unsafe access("\(folder)/initdb", X_OK) == 0,
            // "postgres (PostgreSQL) 15.20 (Debian ...)", or "17beta1" before a release.
            let told = output(of: "\(folder)/postgres", "--version", user: user)?.split(separator: " "),
            told.count >= 3, let version = Int(told[2].prefix { $0.isNumber })
        else { return nil }
        return PostgresInstallation(binaries: folder, version: version)
    }

    private static func output(of program: String, _ argument: String, user: ClusterUser) -> String? {
        // A program that does not run is as good as absent, whatever the reason.
        guard let outcome = try? Spawn(program: program, arguments: [argument], user: user).run(), outcome.succeeded
        else { return nil }
        return String(outcome.output.prefix { $0 != "\n" })
    }
}
