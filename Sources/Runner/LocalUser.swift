import AttemptProtocol
import Glibc

/// The user that a local runner's commands run as.
enum LocalUser {
    /// What a keeper gets of our environment: what belongs to the user, and nothing of the server's own.
    static func environment() -> [String] {
        let entry = account()
        func inherited(_ name: String) -> String? {
            unsafe getenv(name).map { unsafe String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let variables: [(String, String?)] = [
            ("PATH", inherited("PATH")),
            ("HOME", entry?.home ?? inherited("HOME")),
            ("USER", entry?.name ?? inherited("USER")),
            ("SHELL", entry?.shell ?? inherited("SHELL")),
            ("TMPDIR", inherited("TMPDIR")),
            (BootID.fileVariable, inherited(BootID.fileVariable)),
        ]
        return variables.compactMap { name, value in value.map { "\(name)=\($0)" } }
    }

    private static func account() -> (name: String, home: String, shell: String)? {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 14)
        guard unsafe getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found) == 0, unsafe found != nil else {
            return nil
        }
        return unsafe (String(cString: entry.pw_name), String(cString: entry.pw_dir), String(cString: entry.pw_shell))
    }
}
