import AttemptProtocol
import Glibc

/// The user that a local runner's commands run as.
package struct LocalUser: Hashable, Sendable {
    /// Their number.
    package let number: UInt32
    let group: UInt32
    let name: String
    let home: String
    let shell: String

    /// The user of that number; nil where the system knows none.
    package init?(number: UInt32) {
        unsafe self.init { entry, buffer, size, found in unsafe getpwuid_r(number, entry, buffer, size, found) }
    }

    /// The user of that name; nil where the system knows none.
    package init?(name: String) {
        unsafe self.init { entry, buffer, size, found in unsafe getpwnam_r(name, entry, buffer, size, found) }
    }

    private init?(
        _ find: (
            UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> Int32
    ) {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 14)
        guard unsafe find(&entry, &buffer, 1 << 14, &found) == 0, unsafe found != nil else { return nil }
        number = unsafe entry.pw_uid
        group = unsafe entry.pw_gid
        name = unsafe String(cString: entry.pw_name)
        home = unsafe String(cString: entry.pw_dir)
        shell = unsafe String(cString: entry.pw_shell)
    }

    /// What a keeper gets of our environment: what belongs to the user, and nothing of the server's own.
    static func environment(of user: LocalUser?) -> [String] {
        let entry = user ?? LocalUser(number: geteuid())
        func inherited(_ name: String) -> String? {
            unsafe getenv(name).map { unsafe String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let variables: [(String, String?)] = [
            ("PATH", inherited("PATH")),
            ("HOME", entry?.home ?? inherited("HOME")),
            ("USER", entry?.name ?? inherited("USER")),
            ("SHELL", entry?.shell ?? inherited("SHELL")),
            // Another user's folder for temporary files is no place for theirs.
            ("TMPDIR", user == nil ? inherited("TMPDIR") : nil),
            (BootID.fileVariable, inherited(BootID.fileVariable)),
        ]
        return variables.compactMap { name, value in value.map { "\(name)=\($0)" } }
    }

    /// The words that make a command theirs; only root may say them.
    func words(for command: [String]) -> [String] {
        ["setpriv", "--reuid=\(number)", "--regid=\(group)", "--init-groups", "--"] + command
    }
}
