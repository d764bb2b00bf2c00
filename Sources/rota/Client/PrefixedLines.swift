/// Cuts bytes into lines and writes each behind a name, so that several logs can share one output.
struct PrefixedLines: Sendable {
    let prefix: String
    private var line: [UInt8] = []

    /// A line that never ends is written in pieces of this length.
    private static let longestLine = 64 * 1024

    /// Writes lines behind this name.
    init(prefix: String) {
        self.prefix = prefix
    }

    /// Writes the lines that the bytes complete.
    mutating func write(_ bytes: [UInt8], to terminal: Terminal) {
        var ready: [UInt8] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || line.count >= Self.longestLine { finishLine(into: &ready, terminal) }
            if byte != UInt8(ascii: "\n") { line.append(byte) }
        }
        if !ready.isEmpty { terminal.write(ready) }
    }

    /// Writes what is left of a line without an end.
    mutating func end(to terminal: Terminal) {
        guard !line.isEmpty else { return }
        var ready: [UInt8] = []
        finishLine(into: &ready, terminal)
        terminal.write(ready)
    }

    private mutating func finishLine(into ready: inout [UInt8], _ terminal: Terminal) {
        let name = "\(prefix) | "
        ready += Array((terminal.hasColours ? Style.cyan.apply(to: name) : name).utf8)
        if terminal.isInteractive {
            var text = VisibleText()
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            ready += text.show(line) + text.end()
        } else {
            ready += line
        }
        ready.append(UInt8(ascii: "\n"))
        line = []
    }
}
