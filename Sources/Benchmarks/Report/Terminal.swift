import Glibc

/// What people see.
enum Terminal {
    /// The outcome, on standard output.
    static func print(_ text: String) { write(text + "\n", to: 1) }

    /// What goes on, on standard error.
    static func say(_ text: String) { write(text + "\n", to: 2) }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { rest in
                unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}
