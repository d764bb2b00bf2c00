/// Splits a shell command into words, well enough to find out what it runs; it is never run from this.
struct ShellWords {
    private var rest: Substring
    private var found: [[String]] = []
    private var words: [String] = []
    private var word: String?
    private var isTarget = false

    init(_ text: String) { rest = text[...] }

    /// The words of each simple command; quotes are taken off, redirections left out.
    mutating func commands() -> [[String]] {
        while let character = rest.popFirst() { read(character) }
        endCommand()
        return found
    }

    private mutating func read(_ character: Character) {
        switch character {
        case " ", "\t": endWord()
        case ";", "&", "|", "(", ")", "\n":
            // `2>&1` and `&>file` hold no operator.
            if character == "&", isTarget || rest.first == ">" { return word = (word ?? "") + "&" }
            endCommand()
        case "{" where word == nil, "}" where word == nil:
            if rest.first.map({ $0 == " " || $0 == ";" }) ?? true { endCommand() } else { append(character) }
        case "<", ">":
            // The number before it is that of a descriptor.
            if word.map({ $0.allSatisfy(\.isNumber) || $0 == "&" }) ?? false { word = nil }
            endWord()
            isTarget = true
            while rest.first == ">" || rest.first == "<" { rest.removeFirst() }
        case "\\":
            if let next = rest.popFirst() { append(next) }
        case "'", "\"": quoted(by: character)
        case "#" where word == nil: rest = ""
        default: append(character)
        }
    }

    private mutating func quoted(by quote: Character) {
        word = word ?? ""
        while let character = rest.popFirst(), character != quote {
            if character == "\\", quote == "\"", let next = rest.popFirst() {
                append(next)
            } else {
                append(character)
            }
        }
    }

    private mutating func append(_ character: Character) { word = (word ?? "") + String(character) }

    private mutating func endWord() {
        guard let word else { return }
        if !isTarget { words.append(word) }
        isTarget = false
        self.word = nil
    }

    private mutating func endCommand() {
        endWord()
        isTarget = false
        if !words.isEmpty { found.append(words) }
        words = []
    }
}
