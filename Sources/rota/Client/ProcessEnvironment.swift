import Glibc

/// The variables that this program was started with.
struct ProcessEnvironment: Sendable {
    private let lookUp: @Sendable (String) -> String?
    /// Whether the program runs as root.
    let isRoot: Bool

    /// The environment of this process.
    static let current = ProcessEnvironment(isRoot: geteuid() == 0) { name in
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// Takes variables from a function.
    init(isRoot: Bool, lookUp: @escaping @Sendable (String) -> String?) {
        self.isRoot = isRoot
        self.lookUp = lookUp
    }

    /// Takes variables from a table.
    init(_ variables: [String: String], isRoot: Bool = false) {
        self.init(isRoot: isRoot) { variables[$0] }
    }

    /// A variable's value; nil where it is missing or empty.
    subscript(name: String) -> String? {
        guard let value = lookUp(name), !value.isEmpty else { return nil }
        return value
    }

    /// Where `rota standalone` keeps its data unless told otherwise.
    var standardDataDirectory: String {
        isRoot ? "/var/lib/rota" : (self["HOME"] ?? "") + "/.local/share/rota"
    }
}
