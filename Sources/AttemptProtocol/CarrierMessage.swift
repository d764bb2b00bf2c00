package import Core

/// What travels between a server and a runner that hold a connection, beside the requests and answers of the attempt
/// protocol.
package enum CarrierMessage: Hashable, Sendable {
    /// The server asks for a piece of a log.
    case readLog(AttemptID, offset: Int64, limit: Int)
    /// The server asks for what a command wrote to `ROTA_OUTPUT`.
    case readOutput(AttemptID)
    /// A piece of a file, how long the file is, and where the piece begins if later than was asked for.
    case bytes([UInt8], end: Int64, start: Int64? = nil)
    /// The runner cannot answer; the word says which kind of error it is.
    case failure(word: String, reason: String)
    /// Who the runner is; the first that it says.
    case hello(RunnerTerms)
    /// How busy its host is.
    case report(RunnerLoad)
    /// One side ends the conversation, and says why; the word says which kind of error it is.
    case goodbye(String, word: String = Self.unreachable)

    /// The smallest kind of frame that is none of the attempt protocol.
    package static let firstKind: UInt8 = 200

    /// The word of a failure that is about what was asked for.
    package static let unable = "unable"
    /// The word of a failure that passes: whoever asks again may get an answer.
    package static let unreachable = "unreachable"
    /// The word of a failure that is about an attempt that nobody knows.
    package static let unknownAttempt = "unknown-attempt"

    private enum Kind {
        static let readLog: UInt8 = 200
        static let readOutput: UInt8 = 201
        static let bytes: UInt8 = 202
        static let failure: UInt8 = 203
        static let hello: UInt8 = 204
        static let report: UInt8 = 205
        static let goodbye: UInt8 = 206
    }

    private enum Tag {
        static let id: UInt8 = 1
        static let number: UInt8 = 2
        static let limit: UInt8 = 3
        static let bytes: UInt8 = 4
        static let word: UInt8 = 5
        static let label: UInt8 = 6
        static let load: UInt8 = 7
        static let memory: UInt8 = 8
        static let measure: UInt8 = 9
        static let start: UInt8 = 10
        static let reservedSlots: UInt8 = 11
        static let reservedPriority: UInt8 = 12
        static let mostLoad: UInt8 = 13
        static let leastMemory: UInt8 = 14
        static let mostMeasure: UInt8 = 15
        static let margin: UInt8 = 16
    }

    /// The message as a frame.
    package func frame(request: UInt32 = 0) -> Frame {
        var writer = WireWriter()
        let kind: UInt8
        switch self {
        case .readLog(let id, let offset, let limit):
            kind = Kind.readLog
            writer.put(Tag.id, id)
            writer.put(Tag.number, offset)
            writer.put(Tag.limit, Int64(limit))
        case .readOutput(let id):
            kind = Kind.readOutput
            writer.put(Tag.id, id)
        case .bytes(let bytes, let end, let start):
            kind = Kind.bytes
            writer.put(Tag.bytes, bytes)
            writer.put(Tag.number, end)
            if let start { writer.put(Tag.start, start) }
        case .failure(let word, let reason):
            kind = Kind.failure
            writer.put(Tag.word, word)
            writer.put(Tag.bytes, reason)
        case .hello(let terms):
            kind = Kind.hello
            Self.put(terms, into: &writer)
        case .report(let load):
            kind = Kind.report
            if let value = load.load { writer.put(Tag.load, Self.millionths(value)) }
            if let value = load.memoryFree { writer.put(Tag.memory, Self.millionths(value)) }
            if let value = load.measure { writer.put(Tag.measure, Self.millionths(value)) }
        case .goodbye(let reason, let word):
            kind = Kind.goodbye
            writer.put(Tag.bytes, reason)
            writer.put(Tag.word, word)
        }
        return Frame(kind: kind, request: request, body: writer.bytes)
    }

    /// Reads a message; nil for a frame that is none of these.
    package init?(_ frame: Frame) throws(WireError) {
        guard (Kind.readLog...Kind.goodbye).contains(frame.kind) else { return nil }
        var id: AttemptID?
        var number: Int64 = 0
        var limit: Int64 = 0
        var start: Int64?
        var bytes: ArraySlice<UInt8> = []
        var word = ""
        var terms = RunnerTerms(labels: [], slots: 0)
        var reserved = ReservedSlots(slots: 0, priority: 0)
        var load = RunnerLoad()
        var reader = WireReader(frame.body)
        while let field = try reader.next() {
            switch field.tag {
            case Tag.id: id = try field.attemptID()
            case Tag.number: number = field.number
            case Tag.limit: limit = field.number
            case Tag.start: start = field.number
            case Tag.bytes: bytes = field.bytes
            case Tag.word: word = field.text
            case Tag.label: terms.labels.append(field.text)
            case Tag.load: load.load = Double(field.number) / 1e6
            case Tag.memory: load.memoryFree = Double(field.number) / 1e6
            case Tag.measure: load.measure = Double(field.number) / 1e6
            case Tag.reservedSlots: reserved.slots = Int(clamping: field.number)
            case Tag.reservedPriority: reserved.priority = Int(clamping: field.number)
            case Tag.mostLoad: terms.busy.load = Double(field.number) / 1e6
            case Tag.leastMemory: terms.busy.memoryFree = Double(field.number) / 1e6
            case Tag.mostMeasure: terms.busy.measure = Double(field.number) / 1e6
            case Tag.margin: terms.busy.margin = Double(field.number) / 1e6
            default: continue
            }
        }
        switch (frame.kind, id) {
        case (Kind.readLog, let id?): self = .readLog(id, offset: number, limit: Int(clamping: limit))
        case (Kind.readOutput, let id?): self = .readOutput(id)
        case (Kind.bytes, _): self = .bytes(Array(bytes), end: number, start: start)
        case (Kind.failure, _): self = .failure(word: word, reason: String(decoding: bytes, as: UTF8.self))
        case (Kind.hello, _):
            terms.slots = Int(clamping: number)
            terms.reserved = reserved.slots == 0 ? nil : reserved
            self = .hello(terms)
        case (Kind.report, _): self = .report(load)
        case (Kind.goodbye, _):
            self = .goodbye(String(decoding: bytes, as: UTF8.self), word: word.isEmpty ? Self.unreachable : word)
        default: throw .malformed("an attempt's identity")
        }
    }

    private static func put(_ terms: RunnerTerms, into writer: inout WireWriter) {
        for label in terms.labels { writer.put(Tag.label, label) }
        writer.put(Tag.number, Int64(terms.slots))
        if let reserved = terms.reserved {
            writer.put(Tag.reservedSlots, Int64(reserved.slots))
            writer.put(Tag.reservedPriority, Int64(reserved.priority))
        }
        if let value = terms.busy.load { writer.put(Tag.mostLoad, millionths(value)) }
        if let value = terms.busy.memoryFree { writer.put(Tag.leastMemory, millionths(value)) }
        if let value = terms.busy.measure { writer.put(Tag.mostMeasure, millionths(value)) }
        writer.put(Tag.margin, millionths(terms.busy.margin))
    }

    private static func millionths(_ value: Double) -> Int64 {
        value.isFinite ? Int64(min(9e12, max(-9e12, (value * 1e6).rounded()))) : 0
    }
}
