import Core

/// Makes nodes of events and counts them before they are made.
struct DocumentBuilder {
    /// More than anybody reads.
    private static let mostProblems = 1_000
    private let source: SourceText
    private let limits: DocumentLimits
    private var anchors: [String: Anchored?] = [:]
    private var aliases = 0
    private var repeatedNodes = 0
    private var depth = 0
    private var cursor = SourceText.Cursor()
    private(set) var root: Node?
    private(set) var problems: [Problem] = []

    /// What an anchor names: a node and how many nodes it is.
    private struct Anchored {
        var node: Node
        var count: Int
    }

    init(source: SourceText, limits: DocumentLimits) {
        self.source = source
        self.limits = limits
    }

    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
        do throws(SyntaxError) {
            let parser = try unsafe EventParser(bytes)
            do throws(Problem) {
                try readStream(parser)
            } catch {
                problems.append(error)
            }
        } catch {
            problems.append(SyntaxAdvice.problem(for: error, source: source))
        }
    }

    private mutating func readStream(_ parser: borrowing EventParser) throws(Problem) {
        var documents = 0
        while true {
            let event = try next(parser)
            switch event.kind {
            case .streamEnd: return
            case .documentStart:
                documents += 1
                guard documents == 1 else {
                    throw Problem(at: event.mark, "a second document begins here; one file holds one")
                }
                let node = try node(from: try next(parser), parser).node
                root = node.isNothing ? nil : node
            default: continue
            }
        }
    }

    private func next(_ parser: borrowing EventParser) throws(Problem) -> Event {
        do throws(SyntaxError) {
            return try parser.next()
        } catch {
            throw SyntaxAdvice.problem(for: error, source: source)
        }
    }

    private mutating func node(from event: Event, _ parser: borrowing EventParser) throws(Problem) -> Anchored {
        if event.hasTag {
            throw Problem(at: event.mark, "tags (beginning with '!') are not known here", hint: "quote the text")
        }
        if case .alias = event.kind { return try alias(event) }
        // Until the node is whole its name leads nowhere: an alias in it would have no end.
        if let anchor = event.anchor { anchors[anchor] = .some(nil) }
        let result: Anchored
        switch event.kind {
        case .scalar(let scalar):
            result = Anchored(node: Node(mark: event.mark, content: .scalar(scalar)), count: 1)
        case .sequenceStart:
            result = try nested(event) { (builder) throws(Problem) in try builder.sequence(event, parser) }
        case .mappingStart:
            result = try nested(event) { (builder) throws(Problem) in try builder.mapping(event, parser) }
        default: throw Problem(at: event.mark, "a value is missing")
        }
        if let anchor = event.anchor { anchors[anchor] = result }
        return result
    }

    private mutating func nested(
        _ event: Event,
        _ body: (inout DocumentBuilder) throws(Problem) -> Anchored
    ) throws(Problem) -> Anchored {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else {
            throw Problem(at: event.mark, "the file is nested more than \(limits.depth) levels deep")
        }
        return try body(&self)
    }

    private mutating func alias(_ event: Event) throws(Problem) -> Anchored {
        let name = event.anchor ?? ""
        guard let entry = anchors[name] else {
            throw Problem(
                at: event.mark,
                "there is no anchor '&\(name)' before this alias",
                hint: "quote a text with a *"
            )
        }
        guard let anchored = entry else {
            throw Problem(at: event.mark, "the alias '*\(name)' stands inside its own anchor")
        }
        aliases += 1
        guard aliases <= limits.aliases else {
            throw Problem(at: event.mark, "the file has more than \(limits.aliases) aliases")
        }
        repeatedNodes += anchored.count
        guard repeatedNodes <= limits.repeatedNodes else {
            throw Problem(at: event.mark, "the file's aliases repeat more than \(limits.repeatedNodes) values")
        }
        return anchored
    }

    private mutating func sequence(_ start: Event, _ parser: borrowing EventParser) throws(Problem) -> Anchored {
        var elements: [Node] = []
        var count = 1
        while true {
            let event = try next(parser)
            if case .sequenceEnd = event.kind { break }
            let element = try node(from: event, parser)
            elements.append(element.node)
            count += element.count
        }
        return Anchored(node: Node(mark: start.mark, content: .sequence(elements)), count: count)
    }

    private mutating func mapping(_ start: Event, _ parser: borrowing EventParser) throws(Problem) -> Anchored {
        if isDoubledBrace(start) { throw SyntaxAdvice.unquotedBraces(at: start.mark) }
        var entries: [Node.Entry] = []
        var marks: [String: Mark] = [:]
        var count = 1
        while true {
            let event = try next(parser)
            if case .mappingEnd = event.kind { break }
            let key = try key(from: event)
            let value = try node(from: try next(parser), parser)
            count += value.count + 1
            if let first = marks.updateValue(event.mark, forKey: key) {
                marks[key] = first
                guard problems.count < DocumentBuilder.mostProblems else { continue }
                problems.append(
                    Problem(
                        at: event.mark,
                        "the key '\(key.shortened)' is repeated; it is already in line \(first.line)"
                    )
                )
                continue
            }
            entries.append(Node.Entry(key: key, keyMark: event.mark, value: value.node))
        }
        return Anchored(node: Node(mark: start.mark, content: .mapping(entries)), count: count)
    }

    private mutating func isDoubledBrace(_ event: Event) -> Bool {
        guard case .mappingStart = event.kind else { return false }
        return source.hasPair(UInt8(ascii: "{"), after: event.characters, &cursor)
    }

    private mutating func key(from event: Event) throws(Problem) -> String {
        guard case .scalar(let scalar) = event.kind else {
            if isDoubledBrace(event) { throw SyntaxAdvice.unquotedBraces(at: event.mark) }
            throw Problem(at: event.mark, "a key must be a plain text", hint: "is a quote missing around this text?")
        }
        if event.hasTag { throw Problem(at: event.mark, "tags (beginning with '!') are not known here") }
        if scalar.style == .plain, scalar.text == "<<" {
            throw Problem(
                at: event.mark,
                "merge keys '<<' are not known here",
                hint: "put what tasks share under defaults, or repeat it by an alias for a whole value"
            )
        }
        if scalar.text.isEmpty { throw Problem(at: event.mark, "a key is missing before this ':'") }
        // An anchor on a key names a text.
        if let anchor = event.anchor {
            anchors[anchor] = Anchored(node: Node(mark: event.mark, content: .scalar(scalar)), count: 1)
        }
        return scalar.text
    }
}
