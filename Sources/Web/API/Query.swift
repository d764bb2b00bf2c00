import Core
import Hummingbird

/// The query of a request, of which every name must be known.
struct Query {
    private let fields: FormFields

    /// Reads a request's query and refuses names that its route does not know.
    init(_ request: Request, allowed: [String]) throws(RequestError) {
        fields = FormFields(request.uri.query ?? "")
        for pair in fields.pairs where !allowed.contains(pair.name) {
            let known = allowed.isEmpty ? "it takes none" : "known: \(allowed.joined(separator: ", "))"
            let hint = Spelling.suggestion(for: pair.name, among: allowed)
            throw .invalid("This address has no query '\(pair.name.shortened)'; \(known)\(hint.isEmpty ? "." : hint)")
        }
    }

    /// A text; nil where it is not given or empty.
    func text(_ name: String) -> String? { fields.filled(name) }

    /// A whole number within a range.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(RequestError) -> Int? {
        guard let text = fields.filled(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(
                "\(name) is '\(text.shortened)', but must be a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound)."
            )
        }
        return number
    }

    /// An instant; nil where it is not given.
    func instant(_ name: String) throws(RequestError) -> Timestamp? {
        guard let text = fields.filled(name) else { return nil }
        guard let instant = Timestamp(rfc3339: text) else {
            throw .invalid("\(name) is '\(text.shortened)', but must be an instant such as 2026-08-21T04:30:00Z.")
        }
        return instant
    }

    /// How many items a page of a listing has: 100 unless told otherwise.
    func limit() throws(RequestError) -> Int {
        try integer("limit", in: 1...1000) ?? 100
    }

    /// `true` or `false`; false where it is not given.
    func flag(_ name: String) throws(RequestError) -> Bool {
        switch fields.filled(name) {
        case nil, "false": return false
        case "true": return true
        case .some(let text): throw .invalid("\(name) is '\(text.shortened)', but must be true or false.")
        }
    }

    /// How long the answer may wait for news: not at all unless told otherwise.
    func wait() throws(RequestError) -> Duration {
        .seconds(try integer("wait", in: 0...30) ?? 0)
    }

    /// Words of a set, separated by commas or given several times.
    func words<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String,
        as type: Word.Type
    ) throws(RequestError) -> [Word] {
        var words: [Word] = []
        for text in fields.all(name).flatMap({ $0.split(separator: ",") }).map(String.init) {
            guard let word = Word(rawValue: text) else { throw .invalid(unknownWord(name, text, among: type)) }
            words.append(word)
        }
        return words
    }
}

/// The sentence for a word that is none of a set.
func unknownWord<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String,
    _ text: String,
    among: Word.Type
) -> String {
    let known = Word.allCases.map(\.rawValue)
    let hint = Spelling.suggestion(for: text, among: known)
    return "\(name) is '\(text.shortened)'; allowed: \(known.joined(separator: ", "))\(hint.isEmpty ? "." : hint)"
}
