import Glibc

/// A process as it was seen: another one that gets its number later is not it.
///
/// Numbers come round within minutes where thousands of processes are started.
package struct SeenProcess: Sendable, CustomStringConvertible {
    /// Its number.
    package let id: Int32
    private let start: Substring?

    /// Looks at the process that has the number now.
    package init(_ id: Int32) {
        self.id = id
        start = Self.facts(of: id)?.start
    }

    /// Whether it is there still and no zombie.
    package var isAlive: Bool {
        guard let facts = Self.facts(of: id) else { return false }
        return facts.start == start && facts.state != "Z"
    }

    package var description: String { "process \(id)" }

    /// See proc(5): after the name in parentheses the state is the first field and the time of the start the 20th.
    private static func facts(of id: Int32) -> (state: Substring, start: Substring)? {
        guard let file = unsafe fopen("/proc/\(id)/stat", "re") else { return nil }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].dropFirst().split(separator: " ")
        guard fields.count >= 20 else { return nil }
        return (fields[0], fields[19])
    }
}
