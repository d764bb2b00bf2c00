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

    /// A place in the bytes that only moves forward, so that following a parser costs no more than reading once.
    struct Cursor {
        fileprivate var characters = 0
        fileprivate var byte = 0
    }

    /// Says whether two bytes stand after so many characters; the cursor must not be beyond them.
    func hasPair(_ pair: UInt8, after characters: Int, _ cursor: inout Cursor) -> Bool {
        while cursor.characters < characters, cursor.byte < bytes.count {
            cursor.byte += 1
            while cursor.byte < bytes.count, bytes[cursor.byte] & 0xC0 == 0x80 { cursor.byte += 1 }
            cursor.characters += 1
        }
        return cursor.byte + 1 < bytes.count && bytes[cursor.byte] == pair && bytes[cursor.byte + 1] == pair
    }
}
