import Core

/// Makes text for a POSIX shell in which values stay values, whatever bytes they hold.
enum ShellText {
    /// Variables that some shell makes read-only or checks when they are set, so that no value can be exported.
    private static let unsettable: Set<String> = [
        "BASHOPTS", "BASH_VERSINFO", "EUID", "OPTIND", "PPID", "SHELLOPTS", "UID",
    ]

    /// The longest `NAME=value` that Linux passes to a process, less its closing NUL.
    private static let longestVariable = 128 * 1024 - 1

    /// The bytes in single quotes; the bytes must be without NUL, which no shell can hold.
    static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = [UInt8(ascii: "'")]
        text.reserveCapacity(bytes.count + 2)
        for byte in bytes {
            if byte == UInt8(ascii: "'") {
                text += Array("'\\''".utf8)
            } else {
                text.append(byte)
            }
        }
        text.append(UInt8(ascii: "'"))
        return text
    }

    /// A command that prints the bytes, NUL too.
    static func printing(_ bytes: [UInt8]) -> [UInt8] {
        var text = Array("{ ".utf8)
        for (number, part) in bytes.split(separator: 0, omittingEmptySubsequences: false).enumerated() {
            if number > 0 { text += Array("printf '\\000' && ".utf8) }
            text += Array("printf '%s' ".utf8) + quoted(Array(part)) + Array(" && ".utf8)
        }
        return text + Array("true; }".utf8)
    }

    /// Commands that export the variables, in their order.
    static func exporting(_ environment: [EnvironmentVariable]) -> [UInt8] {
        var text: [UInt8] = []
        for variable in environment {
            // Unset first: names such as RANDOM then lose what they mean to bash, and keep the value they are given.
            text += Array("unset -v \(variable.name); export \(variable.name)=".utf8)
            text += quoted(Array(variable.value.utf8)) + [UInt8(ascii: "\n")]
        }
        return text
    }

    /// Why an order cannot be put into a shell's words; nil if it can.
    static func objection(to order: StartOrder) -> String? {
        for variable in order.environment {
            let name = Array(variable.name.utf8)
            guard isName(name) else { return "the variable name '\(variable.name)' is not one that a shell can export" }
            guard !unsettable.contains(variable.name) else {
                return "the variable \(variable.name) belongs to the shell and cannot be set over SSH"
            }
            guard !variable.value.utf8.contains(0) else { return "the value of \(variable.name) holds a NUL byte" }
            guard name.count + variable.value.utf8.count < longestVariable else {
                return "the value of \(variable.name) is longer than Linux passes to a process (128 KiB)"
            }
        }
        for word in order.shell + [order.workingDirectory ?? ""] where word.utf8.contains(0) {
            return "the shell or working directory holds a NUL byte"
        }
        if order.shell.first?.isEmpty == true { return "the shell's name is empty" }
        guard isRunDirectory(order.runDirectory) else {
            return "the run directory '\(order.runDirectory)' is not made of plain names"
        }
        return nil
    }

    /// Whether a run's folder has a name that needs no quotes and leads nowhere else.
    static func isRunDirectory(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return name.utf8.count <= 1024
            && parts.allSatisfy { part in
                !part.isEmpty && part.count <= 255 && part.first != UInt8(ascii: ".")
                    && part.allSatisfy { isPlain($0) || "._-+:@".utf8.contains($0) }
            }
    }

    private static func isName(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return false }
        return !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
            && bytes.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "_") }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
