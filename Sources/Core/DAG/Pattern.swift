/// A regular expression that is matched in time proportional to the text: it has no back-references to explode on.
///
/// Known: literals, `.`, `[a-z]`, `[^…]`, `\d \D \w \W \s \S`, `( )`, `(?: )`, `|`, `* + ? {n} {n,} {n,m}`, `^`, `$`.
package struct Pattern: Hashable, Sendable {
    /// The pattern as the file writes it.
    package let source: String
    private let program: [Instruction]

    /// A step of the machine that is run over a text.
    enum Instruction: Hashable, Sendable {
        case scalar(ScalarSet)
        case split(Int, Int)
        case jump(Int)
        case start
        case end
        case accept
    }

    /// Parses a pattern.
    package init(_ source: String) throws(PatternError) {
        var compiler = PatternCompiler(source)
        program = try compiler.compile()
        self.source = source
    }

    /// Says whether the pattern matches the whole text, not just a part of it.
    package func matchesWhole(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var threads = ThreadList(count: program.count)
        var next = ThreadList(count: program.count)
        add(0, to: &threads, atStart: true, atEnd: scalars.isEmpty)
        for (index, scalar) in scalars.enumerated() {
            next.removeAll()
            for thread in threads.active {
                guard case .scalar(let set) = program[thread], set.contains(scalar) else { continue }
                add(thread + 1, to: &next, atStart: false, atEnd: index == scalars.count - 1)
            }
            swap(&threads, &next)
            if threads.active.isEmpty { return false }
        }
        return threads.active.contains { program[$0] == .accept }
    }

    private func add(_ first: Int, to threads: inout ThreadList, atStart: Bool, atEnd: Bool) {
        var pending = [first]
        while let position = pending.popLast() {
            guard threads.insert(position) else { continue }
            switch program[position] {
            case .jump(let target): pending.append(target)
            case .split(let left, let right):
                pending.append(right)
                pending.append(left)
            case .start: if atStart { pending.append(position + 1) }
            case .end: if atEnd { pending.append(position + 1) }
            case .scalar, .accept: break
            }
        }
    }
}

/// The places in a pattern's program that are reached, each once.
private struct ThreadList {
    private(set) var active: [Int] = []
    private var isMember: [Bool]

    init(count: Int) {
        isMember = Array(repeating: false, count: count)
    }

    mutating func insert(_ position: Int) -> Bool {
        if isMember[position] { return false }
        isMember[position] = true
        active.append(position)
        return true
    }

    mutating func removeAll() {
        for position in active { isMember[position] = false }
        active.removeAll(keepingCapacity: true)
    }
}

/// Why a pattern cannot be used.
package struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where in the pattern, counted in characters from 0.
    package var offset: Int
    package var description: String
}

/// Characters, by ranges.
struct ScalarSet: Hashable, Sendable {
    var ranges: [ClosedRange<UInt32>]
    var isInverted = false

    static let any = ScalarSet(ranges: [0x0A...0x0A], isInverted: true)
    static let digits = ScalarSet(ranges: [48...57])
    static let word = ScalarSet(ranges: [48...57, 65...90, 95...95, 97...122])
    static let space = ScalarSet(ranges: [9...13, 32...32])

    init(ranges: [ClosedRange<UInt32>], isInverted: Bool = false) {
        self.ranges = ranges
        self.isInverted = isInverted
    }

    init(_ scalar: Unicode.Scalar) {
        self.init(ranges: [scalar.value...scalar.value])
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isInverted
    }

    /// The same characters without the inversion.
    var normalised: [ClosedRange<UInt32>] {
        guard isInverted else { return ranges }
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result
    }
}
