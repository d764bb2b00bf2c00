/// What a word of letters and digits becomes in a template.
enum LineTemplateWord {
    /// The placeholder for the whole word; nil where only its digits are replaced.
    static func placeholder(of word: ArraySlice<UInt8>) -> [UInt8]? {
        guard word.contains(where: isDigit) else { return nil }
        if word.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }) || isQuantity(word) {
            return LineTemplatePlaceholder.number
        }
        if isHexadecimal(word) { return LineTemplatePlaceholder.hexadecimal }
        return alternations(word) >= 3 ? LineTemplatePlaceholder.id : nil
    }

    /// Gives the word's parts one by one: runs of digits, which are numbers, and what stands between them.
    static func write(_ word: ArraySlice<UInt8>, _ part: (_ isNumber: Bool, _ bytes: ArraySlice<UInt8>) -> Void) {
        var rest = word
        while let first = rest.first {
            let isNumber = isDigit(first)
            let run = rest.prefix { (isDigit($0) || isNumber && $0 == UInt8(ascii: ".")) == isNumber }
            part(isNumber, run)
            rest = rest.dropFirst(run.count)
        }
    }

    private static let units: Set<String> = [
        "ns", "us", "ms", "s", "sec", "secs", "m", "min", "mins", "h", "hr", "hrs", "d", "w", "B", "kB", "KB", "MB",
        "GB",
        "TB", "KiB", "MiB", "GiB", "TiB", "K", "M", "G", "T", "x",
    ]

    /// Numbers that each have a unit behind them: `12ms`, `2h30m`, `1.5GB`.
    private static func isQuantity(_ word: ArraySlice<UInt8>) -> Bool {
        var rest = word
        while !rest.isEmpty {
            let number = rest.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !isDigit($0) }
            rest = rest.dropFirst(unit.count)
            guard !number.isEmpty, (1...4).contains(unit.count), units.contains(String(decoding: unit, as: UTF8.self))
            else { return false }
        }
        return true
    }

    private static func isHexadecimal(_ word: ArraySlice<UInt8>) -> Bool {
        let isHex = { (byte: UInt8) in
            isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
        }
        let isMarked =
            word.count > 2 && word.first == UInt8(ascii: "0")
            && word.dropFirst().first.map { $0 | 0x20 } == UInt8(ascii: "x")
        if isMarked { return word.dropFirst(2).allSatisfy(isHex) }
        return word.count >= 7 && word.allSatisfy(isHex) && !word.allSatisfy(isDigit)
    }

    private static func alternations(_ word: ArraySlice<UInt8>) -> Int {
        zip(word, word.dropFirst()).count { pair in
            pair.0 != UInt8(ascii: ".") && pair.1 != UInt8(ascii: ".") && isDigit(pair.0) != isDigit(pair.1)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
