import Glibc

/// Finds the lines that hold a text, as fast as memory can be read.
struct TextMatcher: Sendable {
    private let wanted: [UInt8]
    /// The place in it of the byte that is probably the rarest, for which memory is looked through.
    private let anchor: Int
    /// The end of the bytes before, within which a text may begin that ends in the next.
    private var carried: [UInt8] = []
    private var isPassing = false

    /// Looks for a text without line ends.
    init(_ text: String) {
        wanted = Array(text.utf8)
        let ranks = wanted.map { byte in Self.common.firstIndex(of: byte) ?? Self.common.count }
        anchor = ranks.indices.max { ranks[$0] < ranks[$1] } ?? 0
    }

    /// What logs are mostly made of, the most frequent first.
    private static let common = Array("e tionasrld01c2mup3465789.-:/hfg_bykvw=,".utf8)

    /// The place of the text's last byte in the next line that has it; nil where no line before the end of the bytes has.
    ///
    /// The call after a hit goes on with the byte behind it; the first call for new bytes begins at 0.
    mutating func next(in bytes: [UInt8], from start: Int) -> Int? {
        var position = start
        if start == 0, !carried.isEmpty, !isPassing {
            let join = carried + bytes.prefix(wanted.count - 1)
            if let found = find(in: join, from: 0) {
                let last = found + wanted.count - 1 - carried.count
                carried = []
                isPassing = true
                return max(0, last)
            }
        }
        if isPassing {
            guard let end = Self.lineEnd(in: bytes, from: position) else {
                carried = []
                return nil
            }
            isPassing = false
            position = end + 1
        }
        if let found = find(in: bytes, from: position) {
            isPassing = true
            return found + wanted.count - 1
        }
        let rest = Array(bytes[max(position, bytes.count - wanted.count + 1)...])
        // Pieces may be shorter than the text.
        carried = start == 0 && rest.count == bytes.count ? Array((carried + rest).suffix(wanted.count - 1)) : rest
        return nil
    }

    /// The place of the wanted text from a position on.
    private func find(in bytes: [UInt8], from start: Int) -> Int? {
        guard !wanted.isEmpty else { return nil }
        var position = start + anchor
        while let found = Self.find(wanted[anchor], in: bytes, from: position) {
            let first = found - anchor
            guard first + wanted.count <= bytes.count else { return nil }
            let isHere = unsafe bytes.withUnsafeBytes { buffer in
                unsafe wanted.withUnsafeBytes { text in
                    guard let base = buffer.baseAddress, let other = text.baseAddress else { return false }
                    return unsafe memcmp(base + first, other, text.count) == 0
                }
            }
            if isHere { return first }
            position = found + 1
        }
        return nil
    }

    /// The place of the next line end.
    static func lineEnd(in bytes: [UInt8], from start: Int) -> Int? { find(UInt8(ascii: "\n"), in: bytes, from: start) }

    /// The place of a byte.
    static func find(_ byte: UInt8, in bytes: [UInt8], from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        return unsafe bytes.withUnsafeBytes { buffer -> Int? in
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base + start, Int32(byte), buffer.count - start)
            else { return nil }
            return unsafe base.distance(to: UnsafeRawPointer(found))
        }
    }
}
