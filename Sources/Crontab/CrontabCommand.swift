/// What stands behind a job's schedule: a command and, behind the first `%`, what it reads from its standard input.
package struct CrontabCommand: Hashable, Sendable {
    /// The command as the shell gets it.
    package var script: String
    /// Its standard input; nil where there is none.
    ///
    /// It ends with a line's end, unless a lone `\` ends the text.
    package var input: String?

    /// Reads the text by the rules of cron.
    ///
    /// An unescaped `%` ends the command; each further one ends a line of input, and so does the end of the text.
    /// `\%` is a percent sign. Debian's cron also makes one backslash of two in the command, though not in the input.
    package init(_ text: String) {
        var script: [UInt8] = []
        var isEscaped = false
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if isEscaped {
                if byte == Self.percent || byte == Self.backslash { script.removeLast() }
                isEscaped = false
            } else if byte == Self.percent {
                input = Self.input(rest)
                break
            } else {
                isEscaped = byte == Self.backslash
            }
            script.append(byte)
        }
        self.script = String(decoding: script, as: UTF8.self)
    }

    private static func input(_ bytes: ArraySlice<UInt8>) -> String? {
        guard !bytes.isEmpty else { return nil }
        var input: [UInt8] = []
        var isEscaped = false
        for byte in bytes {
            if isEscaped, byte != percent { input.append(backslash) }
            let isNewline = byte == percent && !isEscaped
            isEscaped = byte == backslash
            if !isEscaped { input.append(isNewline ? newline : byte) }
        }
        // A backslash at the very end does not count when cron decides whether a line's end is missing.
        let isComplete = input.isEmpty || input.last == newline
        if isEscaped { input.append(backslash) }
        if !isComplete { input.append(newline) }
        return String(decoding: input, as: UTF8.self)
    }

    private static let percent = UInt8(ascii: "%")
    private static let backslash = UInt8(ascii: "\\")
    private static let newline = UInt8(ascii: "\n")
}
