/// Turns the text of a pattern into the program of its machine.
struct PatternCompiler {
    /// Bounds the program, and with it the time of a match.
    private static let longestProgram = 5_000
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0

    init(_ source: String) {
        scalars = Array(source.unicodeScalars)
    }

    mutating func compile() throws(PatternError) -> [Pattern.Instruction] {
        let node = try alternatives()
        guard position == scalars.count else { throw error("there is no '(' for this ')'") }
        var program: [Pattern.Instruction] = []
        try emit(node, into: &program)
        program.append(.accept)
        return program
    }

    private indirect enum Node {
        case empty
        case set(ScalarSet)
        case start
        case end
        case sequence([Node])
        case alternatives([Node])
        case repeated(Node, least: Int, most: Int?)
    }

    private func error(_ text: String, at offset: Int? = nil) -> PatternError {
        PatternError(offset: offset ?? position, description: text)
    }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard position < scalars.count, scalars[position] == scalar else { return false }
        position += 1
        return true
    }

    private mutating func alternatives() throws(PatternError) -> Node {
        var branches = [try sequence()]
        while skip("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(PatternError) -> Node {
        var parts: [Node] = []
        while position < scalars.count, scalars[position] != "|", scalars[position] != ")" {
            parts.append(try quantified(try atom()))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom() throws(PatternError) -> Node {
        let scalar = scalars[position]
        position += 1
        switch scalar {
        case ".": return .set(.any)
        case "^": return .start
        case "$": return .end
        case "[": return .set(try bracket())
        case "(": return try group()
        case "\\": return .set(try escape())
        case "*", "+", "?": throw error("'\(scalar)' has nothing before it to repeat", at: position - 1)
        default: return .set(ScalarSet(scalar))
        }
    }

    private mutating func group() throws(PatternError) -> Node {
        let start = position - 1
        if skip("?"), !skip(":") {
            throw error("of groups that begin with '(?' only '(?:' is known", at: start)
        }
        depth += 1
        guard depth <= 50 else { throw error("groups are nested too deeply; at most 50 levels", at: start) }
        let inner = try alternatives()
        guard skip(")") else { throw error("this '(' is never closed", at: start) }
        depth -= 1
        return inner
    }

    private mutating func quantified(_ atom: Node) throws(PatternError) -> Node {
        let start = position
        var node = atom
        if skip("*") {
            node = .repeated(atom, least: 0, most: nil)
        } else if skip("+") {
            node = .repeated(atom, least: 1, most: nil)
        } else if skip("?") {
            node = .repeated(atom, least: 0, most: 1)
        } else if skip("{") {
            node = try counted(atom, start: start)
        } else {
            return node
        }
        // A lazy quantifier changes which part is captured, not whether the whole text matches.
        _ = skip("?")
        if position < scalars.count, "*+?{".unicodeScalars.contains(scalars[position]) {
            throw error("a repetition cannot be repeated; put it into ( )")
        }
        return node
    }

    private mutating func counted(_ atom: Node, start: Int) throws(PatternError) -> Node {
        let complaint = error("expected {n}, {n,} or {n,m} with numbers up to 1000; write \\{ for a brace", at: start)
        guard let least = number() else { throw complaint }
        var most: Int? = least
        if skip(",") { most = position < scalars.count && scalars[position] == "}" ? nil : number() ?? -1 }
        guard skip("}"), least <= 1_000, most.map({ $0 >= least && $0 <= 1_000 }) ?? true else { throw complaint }
        return .repeated(atom, least: least, most: most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while position < scalars.count, (48...57).contains(scalars[position].value), value ?? 0 <= 1_000 {
            value = (value ?? 0) * 10 + Int(scalars[position].value - 48)
            position += 1
        }
        return value
    }

    private mutating func escape() throws(PatternError) -> ScalarSet {
        guard position < scalars.count else { throw error("there is nothing after the last '\\'", at: position - 1) }
        let scalar = scalars[position]
        position += 1
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet(ranges: ScalarSet.digits.ranges, isInverted: true)
        case "w": return .word
        case "W": return ScalarSet(ranges: ScalarSet.word.ranges, isInverted: true)
        case "s": return .space
        case "S": return ScalarSet(ranges: ScalarSet.space.ranges, isInverted: true)
        case "n": return ScalarSet("\n")
        case "r": return ScalarSet("\r")
        case "t": return ScalarSet("\t")
        default:
            guard !ScalarSet.word.contains(scalar) else {
                throw error(
                    "'\\\(scalar)' is not known; known are \\d \\D \\w \\W \\s \\S \\n \\r \\t",
                    at: position - 2
                )
            }
            return ScalarSet(scalar)
        }
    }

    private mutating func bracket() throws(PatternError) -> ScalarSet {
        let start = position - 1
        let isInverted = skip("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while position < scalars.count, isFirst || scalars[position] != "]" {
            isFirst = false
            let low = try bracketItem()
            // A `-` that is first, last or beside a class is itself.
            guard let lower = low.single, position + 1 < scalars.count, scalars[position] == "-",
                scalars[position + 1] != "]"
            else {
                ranges += low.normalised
                continue
            }
            position += 1
            guard let upper = try bracketItem().single, upper >= lower else {
                throw error("this range in [ ] runs backwards or ends in a class")
            }
            ranges.append(lower...upper)
        }
        guard skip("]") else { throw error("this '[' is never closed", at: start) }
        return ScalarSet(ranges: ranges, isInverted: isInverted)
    }

    private mutating func bracketItem() throws(PatternError) -> ScalarSet {
        let scalar = scalars[position]
        position += 1
        return scalar == "\\" ? try escape() : ScalarSet(scalar)
    }

    private func emit(_ node: Node, into program: inout [Pattern.Instruction]) throws(PatternError) {
        guard program.count < PatternCompiler.longestProgram else {
            throw error("the pattern is too large; use smaller repetitions", at: 0)
        }
        switch node {
        case .empty: break
        case .set(let set): program.append(.scalar(set))
        case .start: program.append(.start)
        case .end: program.append(.end)
        case .sequence(let parts): for part in parts { try emit(part, into: &program) }
        case .alternatives(let branches): try emit(branches[...], into: &program)
        case .repeated(let inner, let least, let most):
            for _ in 0..<least { try emit(inner, into: &program) }
            try emitOptional(inner, count: most.map { $0 - least }, into: &program)
        }
    }

    private func emit(
        _ branches: ArraySlice<Node>,
        into program: inout [Pattern.Instruction]
    ) throws(PatternError) {
        var exits: [Int] = []
        for (index, branch) in zip(branches.indices, branches) {
            guard index < branches.endIndex - 1 else {
                try emit(branch, into: &program)
                break
            }
            let split = program.count
            program.append(.split(split + 1, 0))
            try emit(branch, into: &program)
            exits.append(program.count)
            program.append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        for exit in exits { program[exit] = .jump(program.count) }
    }

    /// Emits what may follow so many times, or for ever where the count is nil.
    private func emitOptional(
        _ inner: Node,
        count: Int?,
        into program: inout [Pattern.Instruction]
    ) throws(PatternError) {
        guard let count else {
            let split = program.count
            program.append(.split(split + 1, 0))
            try emit(inner, into: &program)
            program.append(.jump(split))
            program[split] = .split(split + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(program.count)
            program.append(.split(program.count + 1, 0))
            try emit(inner, into: &program)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }
}

extension ScalarSet {
    /// The one character in the set; nil for more.
    fileprivate var single: UInt32? {
        guard !isInverted, ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}
