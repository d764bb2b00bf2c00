import CLibYAML

/// What libyaml found next.
struct Event {
    var kind: Kind
    var mark: Mark
    /// How many characters of the file come before it.
    var characters = 0
    var anchor: String?
    var hasTag = false

    enum Kind {
        case documentStart
        case documentEnd
        case streamStart
        case streamEnd
        case alias
        case scalar(Node.Scalar)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
    }
}

/// Why libyaml cannot go on, in its own words.
struct SyntaxError: Error {
    var problem: String
    var context: String?
    var mark: Mark
    var contextMark: Mark?
}

/// One of libyaml's parsers; valid while the bytes it reads are.
@safe
struct EventParser: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>

    /// Starts to read bytes, which must stay in place until the parser is gone.
    /// - Throws: The error of a failed allocation.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(SyntaxError) {
        let memory = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard unsafe yaml_parser_initialize(memory) == 1 else {
            unsafe memory.deallocate()
            throw SyntaxError(problem: "out of memory", mark: .start)
        }
        unsafe yaml_parser_set_encoding(memory, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(memory, bytes.baseAddress, bytes.count)
        unsafe parser = memory
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
    }

    /// Reads the next event.
    borrowing func next() throws(SyntaxError) -> Event {
        var raw = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &raw) == 1 else { throw error() }
        defer { unsafe yaml_event_delete(&raw) }
        let mark = Mark(unsafe raw.start_mark)
        switch unsafe raw.type {
        case YAML_STREAM_START_EVENT: return Event(kind: .streamStart, mark: mark)
        case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, mark: mark)
        case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, mark: mark)
        case YAML_ALIAS_EVENT:
            return unsafe Event(kind: .alias, mark: mark, anchor: text(raw.data.alias.anchor))
        case YAML_SCALAR_EVENT:
            let scalar = unsafe raw.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let value = unsafe Node.Scalar(text: String(decoding: bytes, as: UTF8.self), style: .init(scalar.style))
            return unsafe Event(
                kind: .scalar(value),
                mark: mark,
                anchor: text(scalar.anchor),
                hasTag: scalar.tag != nil
            )
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe raw.data.sequence_start
            return unsafe Event(kind: .sequenceStart, mark: mark, anchor: text(start.anchor), hasTag: start.tag != nil)
        case YAML_SEQUENCE_END_EVENT: return Event(kind: .sequenceEnd, mark: mark)
        case YAML_MAPPING_START_EVENT:
            let start = unsafe raw.data.mapping_start
            return unsafe Event(
                kind: .mappingStart,
                mark: mark,
                characters: raw.start_mark.index,
                anchor: text(start.anchor),
                hasTag: start.tag != nil
            )
        case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, mark: mark)
        default: return Event(kind: .streamEnd, mark: mark)
        }
    }

    private borrowing func error() -> SyntaxError {
        let state = unsafe parser.pointee
        return unsafe SyntaxError(
            problem: state.problem.map { unsafe String(cString: $0) } ?? "out of memory",
            context: state.context.map { unsafe String(cString: $0) },
            mark: Mark(state.problem_mark),
            contextMark: state.context == nil ? nil : Mark(state.context_mark)
        )
    }

    private borrowing func text(_ characters: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        unsafe characters.map { unsafe String(cString: $0) }
    }
}

extension Mark {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: mark.line + 1, column: mark.column + 1)
    }
}

extension Node.Scalar.Style {
    fileprivate init(_ style: yaml_scalar_style_t) {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: self = .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: self = .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: self = .literal
        case YAML_FOLDED_SCALAR_STYLE: self = .folded
        default: self = .plain
        }
    }
}
