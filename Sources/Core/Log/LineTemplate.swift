/// A line without what differs from one occurrence to the next, so that equal faults have equal texts.
///
/// What is replaced, at the beginning of a word, first match first:
///
/// | in the line | in the template |
/// |---|---|
/// | a URL's name and password, and what follows its `?` | left out, `<query>` |
/// | an address of mail, IPv4 or IPv6, with its port | `<address>` |
/// | a UUID | `<uuid>` |
/// | a date, a time of day or both, with fraction and zone | `<time>` |
/// | a path below `/tmp`, `/var/tmp`, `/var/folders`, `/dev/shm`, `/run/user` | `<tmp>` |
/// | `0x…`; at least 7 hexadecimal digits, letters and digits mixed | `<hex>` |
/// | a word in which letters and digits alternate three times, as in random names | `<id>` |
/// | a number, a duration or a size with its unit, a version | `<n>` |
/// | digits in any other word | `<n>` |
///
/// Names of hosts, tables and files stay, apart from their digits: two broken warehouses are two faults. Spaces in a row
/// become one, and equal placeholders in a row, as in a list of ids, become one.
package struct LineTemplate: Hashable, Sendable {
    /// The template, at most `mostBytes` long.
    package let text: String

    /// The most bytes of a template.
    package static let mostBytes = 400
    /// The most bytes of a line that are looked at.
    static let mostInput = 4_096

    /// Makes the template of a line that has no escape sequences any more.
    package init(_ line: some StringProtocol) {
        self.init(bytes: Array(line.utf8.prefix(Self.mostInput)))
    }

    /// Makes the template of a line's bytes.
    package init(bytes: [UInt8]) {
        var scanner = LineTemplateScanner(bytes)
        var output = scanner.template()
        if output.count > Self.mostBytes {
            // Not in the middle of a character.
            var end = Self.mostBytes
            while end > 0, output[end] & 0xC0 == 0x80 { end -= 1 }
            output.removeSubrange(end...)
        }
        text = String(decoding: output, as: UTF8.self)
    }
}

/// Walks over a line and writes its template.
struct LineTemplateScanner {
    private let input: [UInt8]
    private var position = 0
    private var output: [UInt8] = []
    /// Whether the position is within a URL, where `?` begins what differs from call to call.
    private var isInURL = false

    init(_ input: [UInt8]) {
        self.input = input
    }

    /// The whole template.
    mutating func template() -> [UInt8] {
        while position < input.count, output.count <= LineTemplate.mostBytes {
            let byte = input[position]
            if byte <= 32 || byte == 127 {
                skipBlanks()
            } else if byte.isWordByte {
                word()
            } else if byte == UInt8(ascii: "/"), let length = temporaryPath() {
                put(LineTemplatePlaceholder.temporary, over: length)
            } else if byte == UInt8(ascii: "["), let length = bracketedAddress() {
                put(LineTemplatePlaceholder.address, over: length)
            } else if byte == UInt8(ascii: ":"), let length = address6() {
                put(LineTemplatePlaceholder.address, over: length)
            } else {
                other(byte)
            }
        }
        while output.last == 32 { output.removeLast() }
        return output
    }

    private mutating func skipBlanks() {
        isInURL = false
        position += 1
        if let last = output.last, last != 32 { output.append(32) }
    }

    private mutating func other(_ byte: UInt8) {
        if isInURL, byte == UInt8(ascii: "?") {
            put(LineTemplatePlaceholder.query, over: length(from: position) { !$0.isDelimiter })
            isInURL = false
            return
        }
        if byte.isDelimiter { isInURL = false }
        output.append(byte)
        position += 1
    }

    private mutating func word() {
        if let length = scheme() {
            output += input[position..<position + length]
            position += length
            position += userInfo()
            isInURL = true
            return
        }
        if let length = uuid() { return put(LineTemplatePlaceholder.uuid, over: length) }
        if let length = moment() { return put(LineTemplatePlaceholder.time, over: length) }
        if let length = mail() ?? address4() ?? address6() { return put(LineTemplatePlaceholder.address, over: length) }
        let word = self.word(at: position)
        if let placeholder = LineTemplateWord.placeholder(of: word) {
            return put(placeholder, over: word.count)
        }
        LineTemplateWord.write(word) { isNumber, bytes in
            if isNumber { put(LineTemplatePlaceholder.number, over: 0) } else { output += bytes }
        }
        position += word.count
    }

    /// Writes a placeholder in place of so many bytes; not again where the same one stands there already.
    private mutating func put(_ placeholder: [UInt8], over length: Int) {
        position += length
        for separator in Self.separators where ends(with: placeholder, separator) {
            output.removeLast(separator.count)
            return
        }
        output += placeholder
    }

    private func ends(with placeholder: [UInt8], _ separator: [UInt8]) -> Bool {
        let start = output.count - placeholder.count - separator.count
        return start >= 0 && output.last == separator.last
            && output[start..<start + placeholder.count].elementsEqual(placeholder)
            && output[(start + placeholder.count)...].elementsEqual(separator)
    }

    private static let separators: [[UInt8]] = [Array(", ".utf8), Array(",".utf8), Array(" ".utf8)]
}

/// What stands for something in a template.
enum LineTemplatePlaceholder {
    static let address = Array("<address>".utf8)
    static let hexadecimal = Array("<hex>".utf8)
    static let id = Array("<id>".utf8)
    static let number = Array("<n>".utf8)
    static let query = Array("<query>".utf8)
    static let temporary = Array("<tmp>".utf8)
    static let time = Array("<time>".utf8)
    static let uuid = Array("<uuid>".utf8)
}

// MARK: - What may stand at a place; each gives its length, nil where it does not

extension LineTemplateScanner {
    private func byte(_ index: Int) -> UInt8? { index < input.count ? input[index] : nil }

    private func length(from start: Int, while holds: (UInt8) -> Bool) -> Int {
        var end = start
        while end < input.count, holds(input[end]) { end += 1 }
        return end - start
    }

    private func digits(_ start: Int, _ count: Int) -> Bool {
        start + count <= input.count && input[start..<start + count].allSatisfy(\.isDigit)
    }

    private func isAt(_ start: Int, _ text: [UInt8]) -> Bool {
        start + text.count <= input.count && input[start..<start + text.count].elementsEqual(text)
    }

    private static let schemeEnd = Array("://".utf8)
    private static let roots: [[UInt8]] = [
        "/tmp/", "/var/tmp/", "/var/folders/", "/private/tmp/", "/private/var/folders/", "/dev/shm/", "/run/user/",
    ].map { Array($0.utf8) }
    private static let months: [[UInt8]] = [
        "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec ",
    ].map { Array($0.utf8) }
    private static let universal = Array(" UTC".utf8)

    /// Letters, digits and dots between digits.
    private func word(at start: Int) -> ArraySlice<UInt8> {
        var end = start
        while end < input.count {
            let isInnerDot =
                input[end] == UInt8(ascii: ".") && end > start && input[end - 1].isDigit
                && (byte(end + 1)?.isDigit ?? false)
            guard input[end].isWordByte || isInnerDot else { break }
            end += 1
        }
        return input[start..<end]
    }

    private func scheme() -> Int? {
        let letters = length(from: position) { $0.isLetter || $0 == UInt8(ascii: "+") }
        return letters > 1 && isAt(position + letters, Self.schemeEnd) ? letters + 3 : nil
    }

    /// How many bytes of a name and password follow a scheme, the `@` included; 0: none.
    private func userInfo() -> Int {
        let authority = length(from: position) { !$0.isDelimiter && $0 != UInt8(ascii: "/") && $0 > 32 }
        guard let at = input[position..<position + authority].lastIndex(of: UInt8(ascii: "@")) else { return 0 }
        return at + 1 - position
    }

    private func uuid() -> Int? {
        var place = position
        for (index, count) in [8, 4, 4, 4, 12].enumerated() {
            if index > 0 {
                guard byte(place) == UInt8(ascii: "-") else { return nil }
                place += 1
            }
            guard place + count <= input.count, input[place..<place + count].allSatisfy(\.isHexDigit) else {
                return nil
            }
            place += count
        }
        return byte(place)?.isWordByte ?? false ? nil : place - position
    }

    private func mail() -> Int? {
        let name = length(from: position) { $0.isWordByte || "._%+-".utf8.contains($0) }
        guard name > 0, byte(position + name) == UInt8(ascii: "@") else { return nil }
        let host = length(from: position + name + 1) { $0.isWordByte || ".-".utf8.contains($0) }
        return host > 0 ? name + 1 + host : nil
    }

    private func address4() -> Int? {
        var place = position
        for group in 0..<4 {
            if group > 0 {
                guard byte(place) == UInt8(ascii: ".") else { return nil }
                place += 1
            }
            let count = length(from: place, while: \.isDigit)
            guard (1...3).contains(count) else { return nil }
            place += count
        }
        guard byte(place).map({ !$0.isWordByte && $0 != UInt8(ascii: ".") }) ?? true else {
            // The dot that ends a sentence.
            guard byte(place) == UInt8(ascii: "."), !(byte(place + 1)?.isWordByte ?? false) else { return nil }
            return place - position
        }
        return place - position + port(at: place)
    }

    private func port(at place: Int) -> Int {
        guard byte(place) == UInt8(ascii: ":") else { return 0 }
        let count = length(from: place + 1, while: \.isDigit)
        return (1...5).contains(count) ? count + 1 : 0
    }

    /// At least two colons among hexadecimal digits, and a digit.
    private func address6() -> Int? {
        let count = length(from: position) { $0.isHexDigit || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
        let text = input[position..<position + count]
        let colons = text.count { $0 == UInt8(ascii: ":") }
        let isShort = zip(text, text.dropFirst()).contains { $0 == UInt8(ascii: ":") && $1 == UInt8(ascii: ":") }
        guard count >= 3, isShort || colons == 7, text.contains(where: \.isDigit),
            !(byte(position + count)?.isWordByte ?? false), text.last != UInt8(ascii: ":") || isShort
        else { return nil }
        return count
    }

    private func bracketedAddress() -> Int? {
        var inner = self
        inner.position += 1
        guard let count = inner.address6(), byte(position + 1 + count) == UInt8(ascii: "]") else { return nil }
        return count + 2 + port(at: position + count + 2)
    }

    private func temporaryPath() -> Int? {
        if position > 0, input[position - 1].isWordByte || "._-".utf8.contains(input[position - 1]) { return nil }
        guard Self.roots.contains(where: { isAt(position, $0) }) else { return nil }
        return length(from: position) { !$0.isDelimiter && $0 > 32 && $0 != UInt8(ascii: ":") }
    }
}

// MARK: - Times

extension LineTemplateScanner {
    private func moment() -> Int? {
        if let date = date(at: position) {
            let place = position + date
            let isJoined = byte(place).map { "Tt _".utf8.contains($0) } ?? false
            if isJoined, let time = time(at: place + 1) { return date + 1 + time }
            return byte(place)?.isWordByte ?? false ? nil : date
        }
        if let month = monthAndDay(), let time = time(at: position + month) { return month + time }
        return time(at: position)
    }

    private func date(at place: Int) -> Int? {
        if digits(place, 4), let separator = byte(place + 4), "-/".utf8.contains(separator), digits(place + 5, 2),
            byte(place + 7) == separator, digits(place + 8, 2)
        {
            return 10
        }
        // As in the keys of runs: 20260821T020000Z.
        return digits(place, 8) && byte(place + 8) == UInt8(ascii: "T") && digits(place + 9, 4) ? 8 : nil
    }

    private func monthAndDay() -> Int? {
        guard byte(position + 3) == 32, Self.months.contains(where: { isAt(position, $0) }) else { return nil }
        let blanks = length(from: position + 3) { $0 == 32 }
        let day = length(from: position + 3 + blanks, while: \.isDigit)
        guard (1...2).contains(day), byte(position + 3 + blanks + day) == 32 else { return nil }
        return 3 + blanks + day + 1
    }

    /// With colons or, after a date, without.
    private func time(at place: Int) -> Int? {
        var end: Int
        if digits(place, 2), byte(place + 2) == UInt8(ascii: ":"), digits(place + 3, 2) {
            end = place + 5
            if byte(end) == UInt8(ascii: ":"), digits(end + 1, 2) {
                end += 3
            } else if place == position {
                // Two numbers with a colon are as often a line and a column.
                return nil
            }
        } else if place != position, digits(place, 6) {
            end = place + 6
        } else if place != position, digits(place, 4), !digits(place, 5) {
            end = place + 4
        } else {
            return nil
        }
        if let dot = byte(end), ".,".utf8.contains(dot), byte(end + 1)?.isDigit ?? false {
            end += 1 + length(from: end + 1, while: \.isDigit)
        }
        if byte(end) == UInt8(ascii: "Z") {
            end += 1
        } else if isAt(end, Self.universal) {
            end += 4
        } else if let sign = byte(end), "+-".utf8.contains(sign), digits(end + 1, 2) {
            end += 3
            if byte(end) == UInt8(ascii: ":"), digits(end + 1, 2) { end += 3 } else if digits(end, 2) { end += 2 }
        }
        return byte(end)?.isWordByte ?? false ? nil : end - place
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
    fileprivate var isHexDigit: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20) }
    fileprivate var isWordByte: Bool { isDigit || isLetter }

    /// Whether it ends a path or a URL.
    fileprivate var isDelimiter: Bool { self <= 32 || "\"'`<>()[]{},;|".utf8.contains(self) }
}
