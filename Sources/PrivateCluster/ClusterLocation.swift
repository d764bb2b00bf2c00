import Glibc

/// Where a cluster lies, and whose it is.
struct ClusterLocation: Equatable {
    /// Rota's own folder around the cluster: settings and log.
    let home: String
    let user: ClusterUser

    /// PostgreSQL's data directory.
    var directory: String { "\(home)/data" }
    var log: String { "\(home)/postgres.log" }
    var settings: String { "\(home)/postgresql.conf" }
    var hostRules: String { "\(home)/pg_hba.conf" }
    var userMap: String { "\(home)/pg_ident.conf" }

    /// The major version that made the cluster, or nil while there is none.
    var version: Int? {
        TextFile.read("\(directory)/PG_VERSION").flatMap { Int($0.prefix { $0.isNumber }) }
    }

    /// The file in the data directory that says where the cluster is when it is not beside it.
    static func pointer(in dataDirectory: String) -> String { "\(dataDirectory)/cluster-location" }

    /// Finds the place of a data directory's cluster, or makes an empty one.
    ///
    /// As root the cluster belongs to another user. Where that user cannot reach the data directory, as below /root,
    /// the cluster lies in a folder of its own under `refuge`, and a pointer file says so.
    static func find(dataDirectory: String, refuge: String) throws(PrivateClusterError) -> ClusterLocation {
        let beside = "\(dataDirectory)/postgres"
        let pointer = pointer(in: dataDirectory)
        if let text = TextFile.read(pointer) {
            let home = String(text.prefix { $0 != "\n" })
            guard Folder.isFolder(home) else { throw .locationMissing(pointer: pointer, location: home) }
            if let found = try existing(home) { return found }
            return ClusterLocation(home: home, user: try servant(of: dataDirectory))
        }
        if let found = try existing(beside) { return found }
        let user = try servant(of: dataDirectory)
        if dataDirectory == refuge { try open(refuge) }
        if try reaches(dataDirectory, user) {
            try makeHome(beside, in: dataDirectory)
            return ClusterLocation(home: beside, user: user)
        }
        let home = try makeHome(in: refuge, for: dataDirectory)
        try TextFile.replace(pointer, with: home + "\n", mode: 0o644)
        return ClusterLocation(home: home, user: user)
    }

    /// A place that already holds a cluster, with the user to whom it belongs.
    private static func existing(_ home: String) throws(PrivateClusterError) -> ClusterLocation? {
        if !ClusterUser.isRoot, let status = Folder.status(of: home), status.st_uid != geteuid() {
            throw .foreignOwner(path: home, owner: status.st_uid)
        }
        guard let status = Folder.status(of: "\(home)/data") else { return nil }
        guard ClusterUser.isRoot ? status.st_uid != 0 : status.st_uid == geteuid() else {
            throw .foreignOwner(path: "\(home)/data", owner: status.st_uid)
        }
        return ClusterLocation(home: home, user: try .withID(status.st_uid))
    }

    /// The user for a new cluster: whoever runs rota; for root the data directory's owner, so that it can go on
    /// without root, or else the system's own user for PostgreSQL.
    private static func servant(of dataDirectory: String) throws(PrivateClusterError) -> ClusterUser {
        guard ClusterUser.isRoot else { return try .current() }
        if let status = Folder.status(of: dataDirectory), status.st_uid != 0 { return try .withID(status.st_uid) }
        guard let user = ClusterUser.named("postgres") else { throw .userMissing(name: "postgres") }
        return user
    }

    /// Asks as the user, because modes are not all that decides.
    private static func reaches(_ path: String, _ user: ClusterUser) throws(PrivateClusterError) -> Bool {
        guard ClusterUser.isRoot else { return true }
        return try Spawn(program: "test", arguments: ["-x", path], user: user).run().succeeded
    }

    /// Makes the folder around the cluster, which belongs to whom the data directory belongs.
    private static func makeHome(_ home: String, in dataDirectory: String) throws(PrivateClusterError) {
        if Folder.isFolder(home) { return }
        try Folder.make(home, mode: ClusterUser.isRoot ? 0o711 : 0o700)
        guard ClusterUser.isRoot, let owner = Folder.status(of: dataDirectory) else { return }
        guard unsafe chown(home, owner.st_uid, owner.st_gid) == 0 else { throw .file("change the owner of", home) }
    }

    private static func makeHome(in refuge: String, for dataDirectory: String) throws(PrivateClusterError) -> String {
        try open(refuge)
        let name = dataDirectory.split(separator: "/").last.map(String.init) ?? "root"
        guard let template = unsafe strdup("\(refuge)/\(name)-XXXXXX") else {
            throw .file("make a folder in", refuge)
        }
        defer { unsafe free(template) }
        guard unsafe mkdtemp(template) != nil else { throw .file("make a folder in", refuge) }
        let home = unsafe String(cString: template)
        guard unsafe chmod(home, 0o711) == 0 else { throw .file("set the mode of", home) }
        return home
    }

    /// Lets others pass through root's folder to what they know the name of, without seeing what is in it.
    private static func open(_ refuge: String) throws(PrivateClusterError) {
        if !Folder.isFolder(refuge) { return try Folder.make(refuge, mode: 0o711) }
        guard let status = Folder.status(of: refuge), status.st_uid == 0, status.st_mode & 0o011 != 0o011 else {
            return
        }
        guard unsafe chmod(refuge, (status.st_mode & 0o7777) | 0o011) == 0 else {
            throw .file("set the mode of", refuge)
        }
    }
}
