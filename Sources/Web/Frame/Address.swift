import Core

/// Addresses of our own pages.
enum Address {
    static func dag(_ name: String) -> String { "/dags/\(segment(name))" }

    static func run(_ name: RunName) -> String { "\(dag(name.dag))/runs/\(segment(name.key))" }

    static func pool(_ name: String) -> String { "/pools/\(segment(name))" }

    static func runner(_ name: String) -> String { "/runners/\(segment(name))" }

    /// A task instance of a run; with a number, one of its attempts.
    static func task(_ run: RunName, _ task: String, mapIndex: Int? = nil, attempt: Int? = nil) -> String {
        var path = "\(Address.run(run))/tasks/\(segment(task))"
        if let mapIndex { path += "/m\(mapIndex)" }
        if let attempt { path += "/a\(attempt)" }
        return path
    }

    /// A sort of failure.
    static func failure(_ signature: Int) -> String { "/failures/\(signature)" }

    /// What `segment` was made of; what is no escape stands for itself.
    static func text(_ segment: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(segment.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.count == 2, digits.allSatisfy(\.isHexDigit),
                let value = UInt8(digits, radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A path or query value with every byte escaped that could mean something else there.
    static func segment(_ text: some StringProtocol) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }

    /// Whether a text is a path on this server and nothing that a browser would take for another's.
    static func isLocal(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/") else { return false }
        if bytes.count > 1, bytes[1] == UInt8(ascii: "/") || bytes[1] == UInt8(ascii: "\\") { return false }
        return bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
    }
}
