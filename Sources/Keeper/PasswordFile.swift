import AttemptProtocol
import Glibc

/// The local users; read here because getpwuid needs shared libraries, which a standalone program has not.
enum PasswordFile {
    /// One user.
    struct Entry {
        var name: String
        var home: String
        var shell: String
    }

    /// The user of that number; nil where the file has none.
    static func entry(of user: uid_t, path: String = "/etc/passwd") -> Entry? {
        // No such file, or no right to read it, is no error: there are defaults.
        guard let file = try? Descriptor(path: path, flags: O_RDONLY),
            let bytes = try? file.read(from: 0, limit: 1 << 20)
        else { return nil }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard fields.count >= 7, fields[2] == String(user) else { continue }
            return Entry(name: fields[0], home: fields[5], shell: fields[6])
        }
        return nil
    }
}
