/// A pattern as steps over bytes of UTF-8, for texts that are too long to be taken apart into characters.
struct ByteProgram: Hashable, Sendable {
    /// A step of the machine.
    enum Step: Hashable, Sendable {
        case byte(ClosedRange<UInt8>)
        case split(Int, Int)
        case jump(Int)
        case lineStart
        case lineEnd
        case accept
    }

    private(set) var steps: [Step] = []

    /// Bounds the time that one byte may take.
    private static let longest = 4_000

    /// Translates a pattern's program.
    init(_ instructions: [Pattern.Instruction], ignoresCase: Bool) throws(PatternError) {
        let blocks = instructions.map { instruction -> [Step]? in
            guard case .scalar(let set) = instruction else { return nil }
            return Self.block(for: ignoresCase ? set.ignoringCase : set)
        }
        // Where each instruction begins among the steps.
        var places: [Int] = []
        var next = 0
        for block in blocks {
            places.append(next)
            next += block?.count ?? 1
        }
        guard next <= Self.longest else {
            throw PatternError(
                offset: 0,
                description: "the pattern is too large to search with; use smaller repetitions"
            )
        }
        for (index, instruction) in instructions.enumerated() {
            switch instruction {
            case .scalar:
                let start = places[index]
                steps += (blocks[index] ?? []).map { step in
                    switch step {
                    case .split(let left, let right): .split(start + left, start + right)
                    case .jump(let target): .jump(start + target)
                    default: step
                    }
                }
            case .split(let left, let right): steps.append(.split(places[left], places[right]))
            case .jump(let target): steps.append(.jump(places[target]))
            case .start: steps.append(.lineStart)
            case .end: steps.append(.lineEnd)
            case .accept: steps.append(.accept)
            }
        }
    }

    /// The steps for one character of a set, with places counted from the block's own beginning.
    private static func block(for set: ScalarSet) -> [Step] {
        let sequences = set.normalised.flatMap { UTF8Range.sequences($0) }
        // A set without characters matches nothing: a way that leads nowhere.
        guard !sequences.isEmpty else { return [.jump(0)] }
        let end = sequences.reduce(0) { $0 + $1.count } + 2 * (sequences.count - 1)
        var steps: [Step] = []
        for (index, sequence) in sequences.enumerated() {
            let isLast = index == sequences.count - 1
            if !isLast { steps.append(.split(steps.count + 1, steps.count + sequence.count + 2)) }
            steps += sequence.map { .byte($0) }
            if !isLast { steps.append(.jump(end)) }
        }
        return steps
    }
}

/// Ranges of characters as ranges of the bytes that encode them.
enum UTF8Range {
    /// The sequences of byte ranges that together encode exactly the characters of a range.
    static func sequences(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
        var result: [[ClosedRange<UInt8>]] = []
        // Of each length the first and last; surrogates are no characters.
        let lengths: [ClosedRange<UInt32>] = [
            0...0x7F, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x1_0000...0x10_FFFF,
        ]
        for length in lengths where length.overlaps(range) {
            split(range.clamped(to: length), into: &result)
        }
        return result
    }

    private static func split(_ range: ClosedRange<UInt32>, into result: inout [[ClosedRange<UInt8>]]) {
        let (low, high) = (range.lowerBound, range.upperBound)
        let (first, last) = (bytes(low), bytes(high))
        for place in 1..<max(1, first.count) {
            let mask: UInt32 = (1 << (6 * UInt32(place))) - 1
            guard low & ~mask != high & ~mask else { continue }
            if low & mask != 0 {
                split(low...(low | mask), into: &result)
                split((low | mask) + 1...high, into: &result)
                return
            }
            if high & mask != mask {
                split(low...(high & ~mask) - 1, into: &result)
                split((high & ~mask)...high, into: &result)
                return
            }
        }
        result.append(zip(first, last).map { $0...$1 })
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        Unicode.Scalar(value).map { Array(String($0).utf8) } ?? []
    }
}

extension ScalarSet {
    /// The same set with the other case of each letter.
    var ignoringCase: ScalarSet {
        var more = ranges
        for range in ranges {
            // Of a very long range only the first letters are looked at one by one: those are what people write.
            for value in range.prefix(2_000) {
                guard let scalar = Unicode.Scalar(value) else { continue }
                for mapping in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
                    if let other = mapping.unicodeScalars.first, mapping.unicodeScalars.count == 1, other != scalar {
                        more.append(other.value...other.value)
                    }
                }
            }
        }
        return ScalarSet(ranges: more, isInverted: isInverted)
    }
}
