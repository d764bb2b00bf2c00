import Core
import NIOCore

/// Writes one JSON document into a buffer, member by member, without an intermediate tree.
struct JSONWriter {
    private(set) var buffer = ByteBuffer()
    private var needsComma = false

    /// Writes an object whose members the closure writes.
    mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
        separate()
        buffer.writeInteger(UInt8(ascii: "{"))
        needsComma = false
        try members(&self)
        buffer.writeInteger(UInt8(ascii: "}"))
        needsComma = true
    }

    /// Writes an array with one element for each item, written by the closure.
    mutating func array<Items: Sequence>(
        _ items: Items,
        _ element: (inout JSONWriter, Items.Element) throws -> Void
    ) rethrows {
        separate()
        buffer.writeInteger(UInt8(ascii: "["))
        needsComma = false
        for item in items { try element(&self, item) }
        buffer.writeInteger(UInt8(ascii: "]"))
        needsComma = true
    }

    /// Writes the name of a member; exactly one value must follow.
    /// - Parameter name: Plain ASCII without quotes.
    mutating func name(_ name: StaticString) {
        separate()
        buffer.writeInteger(UInt8(ascii: "\""))
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
        needsComma = false
    }

    /// Writes the name of a member; exactly one value must follow.
    mutating func name(_ name: String) {
        value(name)
        buffer.writeInteger(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a value, `null` where there is none.
    mutating func value(_ value: (some JSONWritable)?) {
        separate()
        if let value { value.write(to: &buffer) } else { buffer.writeStaticString("null") }
        needsComma = true
    }

    /// Writes text that is a JSON document already.
    mutating func document(_ text: String) {
        separate()
        buffer.writeString(text)
        needsComma = true
    }

    /// Writes a member.
    mutating func member(_ name: StaticString, _ value: (some JSONWritable)?) {
        self.name(name)
        self.value(value)
    }

    /// Writes a member that is an object, `null` where there is nothing to write one of.
    mutating func member<Value>(
        _ name: StaticString,
        of value: Value?,
        _ members: (inout JSONWriter, Value) throws -> Void
    ) rethrows {
        self.name(name)
        guard let value else { return self.value(String?.none) }
        try object { try members(&$0, value) }
    }

    private mutating func separate() {
        if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
    }
}

/// A value that is one JSON scalar.
protocol JSONWritable {
    /// Appends the value's JSON.
    func write(to buffer: inout ByteBuffer)
}

extension Int: JSONWritable {
    func write(to buffer: inout ByteBuffer) { buffer.writeString(String(self)) }
}

extension Int64: JSONWritable {
    func write(to buffer: inout ByteBuffer) { buffer.writeString(String(self)) }
}

extension Bool: JSONWritable {
    func write(to buffer: inout ByteBuffer) { buffer.writeStaticString(self ? "true" : "false") }
}

extension Timestamp: JSONWritable {
    /// RFC 3339 in UTC with microseconds.
    func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(ascii: "\""))
        buffer.writeString(rfc3339)
        buffer.writeInteger(UInt8(ascii: "\""))
    }
}

extension String: JSONWritable {
    func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(ascii: "\""))
        if utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            buffer.writeString(self)
        } else {
            for byte in utf8 { writeEscaped(byte, to: &buffer) }
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private func writeEscaped(_ byte: UInt8, to buffer: inout ByteBuffer) {
        switch byte {
        case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
        case UInt8(ascii: "\n"): buffer.writeStaticString("\\n")
        case UInt8(ascii: "\r"): buffer.writeStaticString("\\r")
        case UInt8(ascii: "\t"): buffer.writeStaticString("\\t")
        case 0..<0x20:
            buffer.writeStaticString(byte < 0x10 ? "\\u000" : "\\u00")
            buffer.writeString(String(byte, radix: 16))
        default: buffer.writeInteger(byte)
        }
    }
}
