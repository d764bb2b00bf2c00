import Glibc

/// A short folder, 0700, for a unix socket: such a path may have 107 bytes, and a data directory's may be longer.
///
/// Not XDG_RUNTIME_DIR, which vanishes when its user logs out while a server in the background goes on.
enum RuntimeFolder {
    /// Makes the folder, or finds it as an earlier start left it, and returns its path.
    ///
    /// The name follows from what it is for, so that a connection string outlives a restart.
    static func make(for path: String, user: ClusterUser) throws(PrivateClusterError) -> String {
        let bases = ClusterUser.isRoot ? ["/run", "/tmp"] : ["/tmp"]
        for base in bases {
            let folder = "\(base)/rota-\(user.id)-\(fingerprint(of: path))"
            if unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST, claim(folder, for: user) { return folder }
            // Somebody else may sit on the name, in a folder where everybody can write.
            if let folder = makeUnnamed(in: base), claim(folder, for: user) { return folder }
        }
        throw .runtimeFolderMissing(tried: bases)
    }

    /// Removes the folder once nothing is in it any more.
    static func remove(_ folder: String) {
        unsafe rmdir(folder)
    }

    /// Gives the folder to the user and to nobody else; refuses a link and what is a stranger's.
    private static func claim(_ folder: String, for user: ClusterUser) -> Bool {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_uid == user.id || status.st_uid == geteuid() else {
            return false
        }
        if status.st_uid != user.id, fchown(descriptor, user.id, user.group) != 0 { return false }
        return fchmod(descriptor, 0o700) == 0
    }

    private static func makeUnnamed(in base: String) -> String? {
        guard let template = unsafe strdup("\(base)/rota-XXXXXX") else { return nil }
        defer { unsafe free(template) }
        guard unsafe mkdtemp(template) != nil else { return nil }
        return unsafe String(cString: template)
    }

    /// FNV-1a: spreads paths over names, and guards nothing.
    private static func fingerprint(of text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
