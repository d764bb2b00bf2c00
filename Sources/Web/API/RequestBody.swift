import Core
import HTTPTypes
import Hummingbird
import NIOCore

/// The JSON object in a request's body, of which every member must be known.
struct RequestBody {
    private let members: [String: JSONValue]

    /// The most bytes that are read.
    static let limit = 4 << 20

    /// Reads a request's body; an empty one is an object without members.
    init(_ request: Request, allowed: [String]) async throws {
        let bytes: ByteBuffer
        do {
            bytes = try await request.body.collect(upTo: Self.limit)
        } catch is NIOTooManyBytesError {
            throw RequestError.tooLarge(limit: Self.limit)
        }
        guard bytes.readableBytes > 0 else {
            members = [:]
            return
        }
        // A form of another site can send text and forms, but no JSON without asking us first.
        guard request.headers[.contentType]?.hasPrefix("application/json") ?? false else {
            throw RequestError.invalid("Send the body as JSON, with the header Content-Type: application/json.")
        }
        members = try Self.read(String(buffer: bytes), allowed: allowed)
    }

    /// Reads an object and refuses members that are not known.
    static func read(_ text: String, allowed: [String]) throws(RequestError) -> [String: JSONValue] {
        guard let document = JSONValue(parsing: text), case .object(let list) = document else {
            throw .invalid("The body is not a JSON object.")
        }
        var members: [String: JSONValue] = [:]
        for member in list {
            guard allowed.contains(member.name) else {
                let known = allowed.isEmpty ? "none is known here" : "known: \(allowed.joined(separator: ", "))"
                let hint = Spelling.suggestion(for: member.name, among: allowed)
                throw .invalid("The body has a field '\(member.name.shortened)'; \(known)\(hint.isEmpty ? "." : hint)")
            }
            guard members.updateValue(member.value, forKey: member.name) == nil else {
                throw .invalid("The body has the field '\(member.name)' twice.")
            }
        }
        return members
    }

    /// A text; nil where it is missing or null.
    func text(_ name: String) throws(RequestError) -> String? {
        switch members[name] {
        case nil, .null: return nil
        case .string(let text): return text
        default: throw .invalid("\(name) must be a text.")
        }
    }

    /// A text that must be there.
    func requiredText(_ name: String) throws(RequestError) -> String {
        guard let text = try text(name), !text.isEmpty else { throw .invalid("The body lacks the field '\(name)'.") }
        return text
    }

    /// A yes or no; no where it is missing.
    func flag(_ name: String) throws(RequestError) -> Bool {
        switch members[name] {
        case nil, .null: return false
        case .boolean(let value): return value
        default: throw .invalid("\(name) must be true or false.")
        }
    }

    /// A whole number within a range; nil where it is missing or null.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(RequestError) -> Int? {
        switch members[name] {
        case nil, .null: return nil
        case .number(let digits):
            if let number = Int(digits), range.contains(number) { return number }
        default: break
        }
        throw .invalid("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
    }

    /// A list of texts; empty where it is missing.
    func texts(_ name: String) throws(RequestError) -> [String] {
        guard let value = members[name], value != .null else { return [] }
        guard case .array(let elements) = value else { throw .invalid("\(name) must be a list of texts.") }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element else { throw .invalid("\(name) must be a list of texts.") }
            texts.append(text)
        }
        return texts
    }

    /// An instant; nil where it is missing or null.
    func instant(_ name: String) throws(RequestError) -> Timestamp? {
        guard let text = try text(name) else { return nil }
        guard let instant = Timestamp(rfc3339: text) else {
            throw .invalid("\(name) is '\(text.shortened)', but must be a time such as 2026-08-21T04:30:00Z.")
        }
        return instant
    }

    /// A word of a set; nil where it is missing or null.
    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String,
        as type: Word.Type
    ) throws(RequestError) -> Word? {
        guard let text = try text(name) else { return nil }
        guard let word = Word(rawValue: text) else { throw .invalid(unknownWord(name, text, among: type)) }
        return word
    }

    /// Values by name, each as the text that a person would type; what is no text is taken as its JSON.
    func values(_ name: String) throws(RequestError) -> [String: String] {
        guard let value = members[name], value != .null else { return [:] }
        guard case .object(let list) = value else { throw .invalid("\(name) must be an object.") }
        var values: [String: String] = [:]
        for member in list {
            if case .string(let text) = member.value {
                values[member.name] = text
            } else {
                values[member.name] = member.value.description
            }
        }
        return values
    }
}
