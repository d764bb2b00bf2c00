/// Reads the placeholders of a template.
struct TemplateParser {
    private let bytes: [UInt8]
    private let scope: ReferenceScope
    private var position = 0

    init(_ source: String, scope: ReferenceScope) {
        bytes = Array(source.utf8)
        self.scope = scope
    }

    mutating func segments() throws(TemplateProblem) -> [Template.Segment] {
        var segments: [Template.Segment] = []
        var start = 0
        while position < bytes.count {
            guard isDoubled("{") else {
                position += 1
                continue
            }
            if position > 0, bytes[position - 1] == UInt8(ascii: "$") {
                throw TemplateProblem(
                    "'${{' is not known here",
                    hint: "write {{ … }} without the dollar sign",
                    at: position - 1
                )
            }
            if start < position { segments.append(.text(text(start..<position))) }
            segments.append(.placeholder(try placeholder()))
            start = position
        }
        if start < bytes.count { segments.append(.text(text(start..<bytes.count))) }
        return segments
    }

    private mutating func placeholder() throws(TemplateProblem) -> Placeholder {
        let start = position
        position += 2
        skipSpace()
        var placeholder = Placeholder(reference: nil, literal: "", filters: [])
        var type = ValueType.string
        if position < bytes.count, isQuote(bytes[position]) {
            placeholder.literal = try quoted()
        } else {
            let nameStart = position
            let name = word()
            guard !name.isEmpty else {
                throw TemplateProblem("expected a name, such as {{ params.region }}", at: min(position, bytes.count))
            }
            do throws(TemplateProblem) {
                placeholder.reference = try Reference(name, in: scope)
            } catch {
                throw error.moved(by: nameStart)
            }
            type = placeholder.reference?.type ?? .string
        }
        skipSpace()
        while position < bytes.count, bytes[position] == UInt8(ascii: "|") {
            position += 1
            guard placeholder.reference != nil else {
                throw TemplateProblem("a quoted text takes no filter", at: position - 1)
            }
            placeholder.filters.append(try filter(after: &type, of: placeholder))
            skipSpace()
        }
        guard isDoubled("}") else {
            guard position < bytes.count else { throw TemplateProblem("this '{{' has no '}}'", at: start) }
            throw TemplateProblem("expected '|' or '}}'", at: position)
        }
        position += 2
        return placeholder
    }

    private mutating func filter(
        after type: inout ValueType,
        of placeholder: Placeholder
    ) throws(TemplateProblem) -> TemplateFilter {
        skipSpace()
        let start = position
        let name = word()
        guard TemplateFilter.names.contains(name) else {
            let hint = Spelling.nearest(to: name, among: TemplateFilter.names).map { "did you mean '\($0)'?" }
            throw TemplateProblem(
                "unknown filter '\(name.shortened)'; known: \(TemplateFilter.names.joined(separator: ", "))",
                hint: hint,
                at: start
            )
        }
        skipSpace()
        var argument: (text: String, start: Int)?
        if position < bytes.count, bytes[position] == UInt8(ascii: ":") {
            position += 1
            argument = try self.argument()
        }
        do throws(TemplateProblem) {
            let filter = try makeFilter(name, argument: argument, at: start, type: type, of: placeholder)
            type = try filter.output(for: type, name: name)
            return filter
        } catch {
            throw error.offset == 0 ? error.moved(by: start) : error
        }
    }

    private func makeFilter(
        _ name: String,
        argument: (text: String, start: Int)?,
        at start: Int,
        type: ValueType,
        of placeholder: Placeholder
    ) throws(TemplateProblem) -> TemplateFilter {
        if name == "date" || name == "json" {
            if let argument { throw TemplateProblem("the filter '\(name)' takes no value", at: argument.start) }
            return name == "date" ? .date : .json
        }
        guard let argument else { throw TemplateProblem("the filter '\(name)' needs a value", hint: example(name)) }
        switch name {
        case "format":
            do throws(TemplateProblem) { return .format(try TimeFormat(argument.text)) } catch {
                throw error.moved(by: argument.start)
            }
        case "shift":
            guard let shift = DateShift(argument.text) else {
                throw TemplateProblem(
                    "'\(argument.text.shortened)' is not a span, such as -1d, 2h30m, 1mo or -1y",
                    at: argument.start
                )
            }
            return .shift(shift)
        case "in":
            do { return .zone(try scope.zone(argument.text)) } catch {
                throw TemplateProblem("\(error)", at: argument.start)
            }
        default:
            return try fallback(argument, type: type, of: placeholder)
        }
    }

    private func fallback(
        _ argument: (text: String, start: Int),
        type: ValueType,
        of placeholder: Placeholder
    ) throws(TemplateProblem) -> TemplateFilter {
        switch placeholder.reference {
        case .output, .item: break
        default:
            throw TemplateProblem(
                "only an output or a part of an item can be missing, so 'default' has no use here",
                hint: "a param has its default where it is declared",
                at: argument.start
            )
        }
        // A text of another type is a last word: it may be shown, but no filter of that type may follow.
        return .fallback(argument.text, type: type.accepts(argument.text) ? type : .string)
    }

    private func example(_ name: String) -> String {
        switch name {
        case "format": "for instance format: '%Y-%m-%d'"
        case "shift": "for instance shift: -1d"
        case "in": "for instance in: Europe/Berlin"
        default: "for instance default: none"
        }
    }

    /// Reads what follows a filter's colon: a quoted text, or everything up to `|` or `}}`.
    private mutating func argument() throws(TemplateProblem) -> (text: String, start: Int) {
        skipSpace()
        let start = position
        if position < bytes.count, isQuote(bytes[position]) {
            let text = try quoted()
            return (text, start + 1)
        }
        while position < bytes.count, bytes[position] != UInt8(ascii: "|"), !isDoubled("}") { position += 1 }
        var end = position
        while end > start, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        return (text(start..<end), start)
    }

    private mutating func quoted() throws(TemplateProblem) -> String {
        let start = position
        let quote = bytes[position]
        position += 1
        while position < bytes.count, bytes[position] != quote { position += 1 }
        guard position < bytes.count else { throw TemplateProblem("this quoted text does not end", at: start) }
        position += 1
        return text(start + 1..<position - 1)
    }

    private mutating func word() -> String {
        let start = position
        while position < bytes.count, isNameByte(bytes[position]) { position += 1 }
        return text(start..<position)
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        byte < 0x80
            && (ScalarSet.word.contains(Unicode.Scalar(byte)) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "."))
    }

    private func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    private func isDoubled(_ brace: Unicode.Scalar) -> Bool {
        let byte = UInt8(truncatingIfNeeded: brace.value)
        return position + 1 < bytes.count && bytes[position] == byte && bytes[position + 1] == byte
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private mutating func skipSpace() {
        while position < bytes.count,
            bytes[position] == UInt8(ascii: " ") || bytes[position] == UInt8(ascii: "\n")
                || bytes[position] == UInt8(ascii: "\t")
        {
            position += 1
        }
    }
}
