/// Finds the lines that a pattern matches while their bytes stream by, in time proportional to the bytes.
///
/// The pattern's machine is turned into a table as far as the text needs it, and the table is begun anew when it gets
/// large; so no pattern and no text can make it slow beyond a bound, or large. A carriage return ends a line for `^` and
/// `$`, but not for the count. Bytes that are not UTF-8 match nothing.
package struct LineMatcher: Sendable {
    private let steps: [ByteProgram.Step]
    /// For each state the next one by byte: 0 is not known yet, 1 is a match, others are numbers of states and 2.
    private var table: [UInt16] = []
    private var states: [State] = []
    private var numbers: [[Int]: UInt16] = [:]
    private var start: UInt16 = 0
    private var current: UInt16 = 0
    /// The line has matched: its rest is passed over.
    private var isPassing = false
    /// The last byte was a carriage return: a line end after it ends nothing more.
    private var isAfterReturn = false

    /// Of so many states the table is half a megabyte.
    private static let mostStates = 1_000
    private static let unknown: UInt16 = 0
    private static let match: UInt16 = 1
    private static let firstState: UInt16 = 2

    private struct State {
        /// The places in the program that are waited at, sorted.
        var places: [Int]
        var isMatch: Bool
        var isMatchAtEnd: Bool
    }

    /// Searches for a pattern of the language of `Pattern`.
    package init(pattern: String, ignoresCase: Bool) throws(PatternError) {
        var compiler = PatternCompiler(pattern)
        steps = try ByteProgram(try compiler.compile(), ignoresCase: ignoresCase).steps
        beginTable()
    }

    /// Searches for a text.
    package init(text: String, ignoresCase: Bool) throws(PatternError) {
        let instructions = text.unicodeScalars.map { Pattern.Instruction.scalar(ScalarSet($0)) } + [.accept]
        steps = try ByteProgram(instructions, ignoresCase: ignoresCase).steps
        beginTable()
    }

    /// The place of the byte with which the next line matches; nil where none does before the end of the bytes.
    ///
    /// Each line matches once. The next call goes on with the byte after, and the next bytes where these end.
    package mutating func next(in bytes: [UInt8], from start: Int) -> Int? {
        var position = start
        while position < bytes.count {
            if isPassing {
                guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
                position = end
                endLine()
                position += 1
                continue
            }
            if states[Int(current - Self.firstState)].isMatch {
                // Where nothing is left of the line, there is nothing to pass over.
                isPassing = bytes[position] != UInt8(ascii: "\n")
                return position
            }
            let before = position
            position = walk(bytes, from: position)
            if position > before { isAfterReturn = false }
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                let isMatch = !isAfterReturn && states[Int(current - Self.firstState)].isMatchAtEnd
                isAfterReturn = byte == UInt8(ascii: "\r")
                if isMatch { isPassing = byte == UInt8(ascii: "\r") }
                current = self.start
                if isMatch { return position }
                position += 1
                continue
            }
            let next = transition(by: byte)
            if next == Self.match {
                isPassing = true
                return position
            }
            current = next
            isAfterReturn = false
            position += 1
        }
        return nil
    }

    /// Whether the line that the bytes ended in would match if it ended there.
    package var matchesUnended: Bool {
        !isPassing && !isAfterReturn && states[Int(current - Self.firstState)].isMatchAtEnd
    }

    /// Goes on as long as the table knows the way; returns the place of the byte that needs a look.
    @inline(__always)
    private mutating func walk(_ bytes: [UInt8], from start: Int) -> Int {
        var state = current
        var position = start
        unsafe table.withUnsafeBufferPointer { table in
            unsafe bytes.withUnsafeBufferPointer { bytes in
                while position < bytes.count {
                    let byte = unsafe bytes[position]
                    let next = unsafe table[Int(state - Self.firstState) << 8 | Int(byte)]
                    // Line ends are never in the table.
                    guard next >= Self.firstState else { break }
                    state = next
                    position += 1
                }
            }
        }
        current = state
        return position
    }

    private mutating func endLine() {
        isPassing = false
        isAfterReturn = false
        current = start
    }

    // MARK: - The table

    private mutating func beginTable() {
        table.removeAll(keepingCapacity: true)
        states.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        start = number(of: closure([0], atStart: true))
        current = start
    }

    private mutating func number(of places: [Int]) -> UInt16 {
        if let known = numbers[places] { return known }
        let number = Self.firstState + UInt16(states.count)
        var ends: [Int] = []
        var isMatch = false
        for place in places {
            switch steps[place] {
            case .accept: isMatch = true
            case .lineEnd: ends.append(place + 1)
            default: break
            }
        }
        let atEnd = closure(ends, atStart: false, atEnd: true).contains { steps[$0] == .accept }
        states.append(State(places: places, isMatch: isMatch, isMatchAtEnd: isMatch || atEnd))
        table += repeatElement(Self.unknown, count: 256)
        numbers[places] = number
        return number
    }

    /// The next state, which is found out and kept if it was not known.
    private mutating func transition(by byte: UInt8) -> UInt16 {
        let place = Int(current - Self.firstState) << 8 | Int(byte)
        if table[place] != Self.unknown { return table[place] }
        var reached: [Int] = []
        for place in states[Int(current - Self.firstState)].places {
            if case .byte(let range) = steps[place], range.contains(byte) { reached.append(place + 1) }
        }
        // A match may begin at any byte.
        let places = closure(reached + [0], atStart: false)
        if places.contains(where: { steps[$0] == .accept }) {
            table[place] = Self.match
            return Self.match
        }
        if states.count >= Self.mostStates {
            beginTable()
            return number(of: places)
        }
        let number = number(of: places)
        table[place] = number
        return number
    }

    /// All places that are reached without a byte, sorted.
    private func closure(_ places: [Int], atStart: Bool, atEnd: Bool = false) -> [Int] {
        var found: Set<Int> = []
        var kept: [Int] = []
        var pending = places
        while let place = pending.popLast() {
            guard found.insert(place).inserted else { continue }
            switch steps[place] {
            case .jump(let target): pending.append(target)
            case .split(let left, let right): pending += [left, right]
            case .lineStart: if atStart { pending.append(place + 1) }
            case .lineEnd: if atEnd { pending.append(place + 1) } else { kept.append(place) }
            case .byte, .accept: kept.append(place)
            }
        }
        return kept.sorted()
    }
}
