import Glibc

/// A user of this system to whom a cluster's files and processes belong.
struct ClusterUser: Equatable, Sendable {
    let id: uid_t
    let group: gid_t
    let name: String

    /// Whether rota itself runs as root, and so must hand PostgreSQL to somebody else.
    static var isRoot: Bool { geteuid() == 0 }

    static func current() throws(PrivateClusterError) -> ClusterUser {
        try withID(geteuid())
    }

    static func withID(_ id: uid_t) throws(PrivateClusterError) -> ClusterUser {
        let found = unsafe lookUp { entry, buffer, size, result in
            unsafe getpwuid_r(id, entry, buffer, size, result)
        }
        guard let found else { throw .userUnnamed(user: id) }
        return found
    }

    static func named(_ name: String) -> ClusterUser? {
        unsafe lookUp { entry, buffer, size, result in unsafe getpwnam_r(name, entry, buffer, size, result) }
    }

    private typealias Lookup = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    private static func lookUp(_ lookup: Lookup) -> ClusterUser? {
        // An entry from a directory service can be long; a longer one than this counts as absent.
        let size = 64 * 1024
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
        defer { unsafe buffer.deallocate() }
        var entry = unsafe passwd()
        var result: UnsafeMutablePointer<passwd>? = nil
        guard unsafe lookup(&entry, buffer, size, &result) == 0, unsafe result != nil, let name = unsafe entry.pw_name
        else { return nil }
        return unsafe ClusterUser(id: entry.pw_uid, group: entry.pw_gid, name: String(cString: name))
    }
}
