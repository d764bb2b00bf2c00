/// Masks secrets in bytes that pass, by as many asterisks, so that no offset moves.
///
/// Every form is found by its first eight bytes, which roll by as one number; so a byte costs the same however many
/// secrets there are.
package struct Redactor: Sendable {
    private var forms: [[UInt8]] = []
    /// The forms that begin with eight bytes.
    private var byHead: [UInt64: [Int]] = [:]
    /// Whether a head with such a hash exists; most do not.
    private var mayBegin = [Bool](repeating: false, count: 4_096)
    /// The bytes of the longest form.
    package private(set) var longest = 0
    private var masksAll = false

    /// Masks these values and their forms; values shorter than `SecretForms.leastBytes` are not masked.
    package init(_ secrets: [[UInt8]]) {
        forms = secrets.reduce(into: Set()) { $0.formUnion(SecretForms.all(of: $1)) }
            .sorted { $0.lexicographicallyPrecedes($1) }
        longest = forms.lazy.map(\.count).max() ?? 0
        for (index, form) in forms.enumerated() {
            let head = form.prefix(Self.headBytes).reduce(0) { $0 << 8 | UInt64($1) }
            byHead[head, default: []].append(index)
            mayBegin[Self.place(of: head)] = true
        }
    }

    private init(masksAll: Bool) { self.masksAll = masksAll }

    /// Masks the values of variables; nil where there are none.
    package init?(of variables: [EnvironmentVariable]) {
        guard !variables.isEmpty else { return nil }
        self.init(variables.map { Array($0.value.utf8) })
    }

    /// Masks everything but the ends of lines: for where the secrets are not known.
    package static let everything = Redactor(masksAll: true)

    private static let headBytes = SecretForms.leastBytes
    private static let mask = UInt8(ascii: "*")
    private static let newline = UInt8(ascii: "\n")

    private static func place(of head: UInt64) -> Int {
        Int(truncatingIfNeeded: (head &* 0x9E37_79B9_7F4A_7C15) >> 52)
    }

    /// Masks what it finds and returns how many bytes are settled.
    ///
    /// What comes after those may be the beginning of a secret: it has to be given again, at the beginning of what
    /// follows. Of `SecretForms.longest` twice, something is always settled. `isEnd`: Nothing follows; then all is
    /// settled.
    package func redact(_ bytes: inout [UInt8], isEnd: Bool) -> Int {
        if masksAll {
            for index in bytes.indices where bytes[index] != Self.newline { bytes[index] = Self.mask }
            return bytes.count
        }
        guard !forms.isEmpty else { return bytes.count }
        let (found, open) = look(at: bytes)
        var settled = bytes.count
        if !isEnd, let open {
            settled = open
            // A secret that reaches across the border is found again only as a whole.
            for match in found.reversed() where match.upperBound > settled && match.lowerBound < settled {
                settled = match.lowerBound
            }
            // Where a secret repeats itself all along, there is no such border.
            if settled == 0, !found.isEmpty, bytes.count >= 2 * longest { settled = found[found.count - 1].upperBound }
        }
        for match in found {
            for index in match where bytes[index] != Self.newline { bytes[index] = Self.mask }
        }
        return settled
    }

    /// Masks everything up to the end of the first line.
    package func maskFirstLine(of bytes: inout [UInt8]) {
        for index in bytes.indices {
            if bytes[index] == Self.newline { return }
            bytes[index] = Self.mask
        }
    }

    /// All bytes, masked at once.
    package func redacted(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        _ = redact(&bytes, isEnd: true)
        return bytes
    }

    /// The forms that are there as a whole, by where they begin, and where the first begins that may go on after the end.
    private func look(at bytes: [UInt8]) -> (found: [Range<Int>], open: Int?) {
        var found: [Range<Int>] = []
        var open: Int?
        var head: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            head = head << 8 | UInt64(byte)
            guard index >= Self.headBytes - 1, mayBegin[Self.place(of: head)], let indices = byHead[head] else {
                continue
            }
            let start = index - (Self.headBytes - 1)
            for form in indices.lazy.map({ forms[$0] }) {
                let end = min(start + form.count, bytes.count)
                guard bytes[start..<end].elementsEqual(form.prefix(end - start)) else { continue }
                if end - start == form.count { found.append(start..<end) } else { open = min(open ?? start, start) }
            }
        }
        if open == nil {
            // Too near to the end for a whole head.
            let starts = max(0, bytes.count - Self.headBytes + 1)..<bytes.count
            open = starts.first { start in forms.contains { $0.starts(with: bytes[start...]) } }
        }
        return (found, open)
    }
}
