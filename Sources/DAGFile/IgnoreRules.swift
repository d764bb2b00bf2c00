/// The patterns of a `.rotaignore`: one a line, as in `.gitignore`, without `!`.
///
/// `#` begins a comment. `*` and `?` stop at `/`, `**` does not. A pattern with a `/` before its end counts from the
/// folder's root, any other at every depth; with a `/` at its end it names folders only.
struct IgnoreRules: Hashable, Sendable {
    private var rules: [Rule] = []

    private struct Rule: Hashable, Sendable {
        var pattern: [UInt8]
        var isAnchored: Bool
        var isFolder: Bool
    }

    /// The rules of no file.
    init() {}

    /// Reads the lines of a file.
    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            var bytes = Array(line.utf8)[...]
            while let last = bytes.last, last == 32 || last == 9 { bytes.removeLast() }
            guard let first = bytes.first, first != UInt8(ascii: "#") else { continue }
            let isFolder = bytes.last == UInt8(ascii: "/")
            if isFolder { bytes.removeLast() }
            let isAnchored = bytes.contains(UInt8(ascii: "/"))
            if bytes.first == UInt8(ascii: "/") { bytes.removeFirst() }
            if !bytes.isEmpty {
                rules.append(Rule(pattern: Array(bytes), isAnchored: isAnchored, isFolder: isFolder))
            }
        }
    }

    /// Says whether an entry is left out.
    func ignores(path: String, isFolder: Bool) -> Bool {
        guard !rules.isEmpty else { return false }
        let whole = Array(path.utf8)
        let name = whole.lastIndex(of: UInt8(ascii: "/")).map { Array(whole[($0 + 1)...]) } ?? whole
        return rules.contains { rule in
            (isFolder || !rule.isFolder) && IgnoreRules.matches(rule.pattern, rule.isAnchored ? whole : name)
        }
    }

    /// Matches by a table of places, so that many stars cost no more than the product of the lengths.
    static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        let star = UInt8(ascii: "*")
        let slash = UInt8(ascii: "/")
        var reached = Array(repeating: false, count: text.count + 1)
        reached[0] = true
        var index = 0
        while index < pattern.count {
            let byte = pattern[index]
            index += 1
            var next = Array(repeating: false, count: text.count + 1)
            if byte == star {
                let crosses = index < pattern.count && pattern[index] == star
                if crosses { index += 1 }
                // `**/` stands for no folder at all, too.
                if crosses, index < pattern.count, pattern[index] == slash {
                    index += 1
                    next = reached
                    var isOpen = false
                    for place in text.indices {
                        isOpen = isOpen || reached[place]
                        if isOpen, text[place] == slash { next[place + 1] = true }
                    }
                } else {
                    var isOpen = false
                    for place in 0...text.count {
                        isOpen = isOpen || reached[place]
                        next[place] = isOpen
                        if place < text.count, text[place] == slash, !crosses { isOpen = false }
                    }
                }
            } else {
                for place in text.indices where reached[place] {
                    let isAny = byte == UInt8(ascii: "?") && text[place] != slash
                    if isAny || byte == text[place] { next[place + 1] = true }
                }
            }
            reached = next
        }
        return reached[text.count]
    }
}
