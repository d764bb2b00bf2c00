/// The bytes of a file, by lines.
package struct SourceText: Sendable {
    private let bytes: [UInt8]
    /// Where each line begins.
    private let starts: [Int]

    /// Cuts bytes into lines, which end in LF, CR or both.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var starts = [0]
        for (index, byte) in bytes.enumerated() {
            let isReturn = byte == 0x0D && (index + 1 == bytes.count || bytes[index + 1] != 0x0A)
            if byte == 0x0A || isReturn { starts.append(index + 1) }
        }
        self.starts = starts
    }

    /// The line of that number, counted from 1, without its end; nil where there is none.
    package func line(_ number: Int) -> String? {
        guard number >= 1, number <= starts.count, !bytes.isEmpty else { return nil }
        let end = number < starts.count ? starts[number] : bytes.count
        var line = bytes[starts[number - 1]..<end]
        while let last = line.last, last == 0x0A || last == 0x0D { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }

    /// The place of a byte.
    func mark(at offset: Int) -> Mark {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        let before = String(decoding: bytes[starts[low]..<min(offset, bytes.count)], as: UTF8.self)
        return Mark(line: low + 1, column: before.unicodeScalars.count + 1)
    }

    /// Says whether the text at a place begins with another.
    func hasPrefix(_ prefix: String, at mark: Mark) -> Bool {
        guard let line = line(mark.line) else { return false }
        return line.unicodeScalars.dropFirst(mark.column - 1).starts(with: prefix.unicodeScalars)
    }
}
