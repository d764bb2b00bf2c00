/// Finds the word that was probably meant.
package enum Spelling {
    /// The known word nearest to a misspelt one; nil where none is near.
    package static func nearest(to word: String, among known: some Sequence<String>) -> String? {
        let letters = Array(word.utf8.prefix(200).map(fold))
        var best: (word: String, distance: Int)?
        for candidate in known where candidate != word {
            let other = Array(candidate.utf8.map(fold))
            let farthest = max(1, max(letters.count, other.count) / 3)
            guard abs(other.count - letters.count) <= farthest else { continue }
            let distance = distance(letters, other)
            if distance <= farthest, best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        if let best { return best.word }
        // Or the beginning of a word, as `int` is of `integer`.
        return letters.count < 3 ? nil : known.first { Array($0.utf8.map(fold)).starts(with: letters) && $0 != word }
    }

    /// The sentence `. Did you mean 'x'?` or nothing.
    package static func suggestion(for word: String, among known: some Sequence<String>) -> String {
        nearest(to: word, among: known).map { ". Did you mean '\($0)'?" } ?? ""
    }

    /// Letters alike but for their case, and `-` for `_`, are no mistake worth counting.
    private static func fold(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 32
        case UInt8(ascii: "-"): UInt8(ascii: "_")
        default: byte
        }
    }

    /// Counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row] + Array(repeating: 0, count: right.count)
            for column in 1...right.count {
                let cost = left[row - 1] == right[column - 1] ? 0 : 1
                current[column] = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + cost)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    current[column] = min(current[column], beforeLast[column - 2] + 1)
                }
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}

extension String {
    /// The text fit for a message: at most 80 characters, control characters escaped.
    package var shortened: String {
        var text = ""
        for (count, scalar) in unicodeScalars.enumerated() {
            guard count < 80 else { return text + "…" }
            switch scalar.value {
            case 0x0A: text += "\\n"
            case 0x09: text += "\\t"
            case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
                text += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
