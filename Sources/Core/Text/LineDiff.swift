/// The shortest way from one list of lines to another by taking lines out and putting lines in.
///
/// This is Myers' algorithm in its form of linear space: the middle of a shortest path is sought from both ends at once,
/// then each half for itself. Lists that have next to nothing in common would cost the product of their lengths; where a
/// part's path is longer than `mostDetours` from both ends, that part is taken out and put in as a whole, which is right
/// but not the shortest.
package struct LineDiff: Hashable, Sendable {
    /// One step; positions count from 0.
    package enum Step: Hashable, Sendable {
        /// The line is in both.
        case keep(old: Int, new: Int)
        /// The line is only in the old list.
        case remove(old: Int)
        /// The line is only in the new list.
        case add(new: Int)
    }

    /// All steps in the order of the lines; where lines are replaced, the old ones go first.
    package private(set) var steps: [Step] = []

    /// How far a path is followed from each end before its part is given up as wholly different.
    package static let mostDetours = 1_500

    /// Finds the way from one list to the other.
    package init<Line: Hashable>(from old: some Sequence<Line>, to new: some Sequence<Line>) {
        var numbers: [Line: Int] = [:]
        func number(_ line: Line) -> Int {
            if let known = numbers[line] { return known }
            numbers[line] = numbers.count
            return numbers.count - 1
        }
        var search = MyersSearch(old: old.map(number), new: new.map(number))
        search.run()
        steps = Self.ordered(search.steps)
    }

    /// How many lines are only in the new list.
    package var added: Int { steps.count { if case .add = $0 { true } else { false } } }

    /// How many lines are only in the old list.
    package var removed: Int { steps.count { if case .remove = $0 { true } else { false } } }

    /// The changes with so many kept lines about them; changes that are closer than twice as many share a part.
    package func hunks(context: Int) -> [ArraySlice<Step>] {
        var hunks: [Range<Int>] = []
        for (index, step) in steps.enumerated() {
            if case .keep = step { continue }
            let range = max(0, index - context)..<min(steps.count, index + context + 1)
            if let last = hunks.last, range.lowerBound <= last.upperBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        return hunks.map { steps[$0] }
    }

    /// Puts removals before additions wherever nothing is kept between them.
    private static func ordered(_ steps: [Step]) -> [Step] {
        var result: [Step] = []
        result.reserveCapacity(steps.count)
        var added: [Step] = []
        for step in steps {
            switch step {
            case .remove: result.append(step)
            case .add: added.append(step)
            case .keep:
                result += added
                added.removeAll(keepingCapacity: true)
                result.append(step)
            }
        }
        return result + added
    }
}

/// The search itself, over numbers that stand for lines.
private struct MyersSearch {
    let old: [Int]
    let new: [Int]
    var steps: [LineDiff.Step] = []
    /// For each diagonal, how far the path from the beginning has come, and how far the one from the end.
    private var forward: [Int]
    private var backward: [Int]

    init(old: [Int], new: [Int]) {
        self.old = old
        self.new = new
        let count = 2 * (old.count + new.count) + 3
        forward = Array(repeating: 0, count: count)
        backward = Array(repeating: 0, count: count)
    }

    mutating func run() { solve(0..<old.count, 0..<new.count) }

    private mutating func solve(_ oldRange: Range<Int>, _ newRange: Range<Int>) {
        var (oldRange, newRange) = (oldRange, newRange)
        while let left = oldRange.first, let right = newRange.first, old[left] == new[right] {
            steps.append(.keep(old: left, new: right))
            oldRange = left + 1..<oldRange.upperBound
            newRange = right + 1..<newRange.upperBound
        }
        var tail: [LineDiff.Step] = []
        while let left = oldRange.last, let right = newRange.last, old[left] == new[right] {
            tail.append(.keep(old: left, new: right))
            oldRange = oldRange.lowerBound..<left
            newRange = newRange.lowerBound..<right
        }
        if oldRange.isEmpty || newRange.isEmpty {
            replace(oldRange, newRange)
        } else if let middle = middle(oldRange, newRange) {
            solve(oldRange.lowerBound..<middle.old, newRange.lowerBound..<middle.new)
            solve(middle.old..<oldRange.upperBound, middle.new..<newRange.upperBound)
        } else {
            replace(oldRange, newRange)
        }
        steps += tail.reversed()
    }

    private mutating func replace(_ oldRange: Range<Int>, _ newRange: Range<Int>) {
        steps += oldRange.map { .remove(old: $0) }
        steps += newRange.map { .add(new: $0) }
    }

    /// A point on a shortest path that lies strictly within; nil where it is too far from both ends.
    private mutating func middle(_ oldRange: Range<Int>, _ newRange: Range<Int>) -> (old: Int, new: Int)? {
        let (width, height) = (oldRange.count, newRange.count)
        let (left, top) = (oldRange.lowerBound, newRange.lowerBound)
        let delta = width - height
        let isOdd = !delta.isMultiple(of: 2)
        let most = min((width + height + 1) / 2, LineDiff.mostDetours)
        // Diagonals may be negative; so may those of the way back, shifted by delta.
        let zero = width + height + 1
        forward[zero + 1] = 0
        backward[zero + 1] = 0
        for detours in 0...most {
            for diagonal in stride(from: -detours, through: detours, by: 2) {
                let isDown =
                    diagonal == -detours
                    || diagonal != detours && forward[zero + diagonal - 1] < forward[zero + diagonal + 1]
                var x = isDown ? forward[zero + diagonal + 1] : forward[zero + diagonal - 1] + 1
                var y = x - diagonal
                while x < width, y >= 0, y < height, old[left + x] == new[top + y] { (x, y) = (x + 1, y + 1) }
                forward[zero + diagonal] = x
                let mirrored = delta - diagonal
                guard isOdd, abs(mirrored) < detours, x + backward[zero + mirrored] >= width else { continue }
                return clamped(x, y, oldRange, newRange)
            }
            for diagonal in stride(from: -detours, through: detours, by: 2) {
                let isUp =
                    diagonal == -detours
                    || diagonal != detours && backward[zero + diagonal - 1] < backward[zero + diagonal + 1]
                var x = isUp ? backward[zero + diagonal + 1] : backward[zero + diagonal - 1] + 1
                var y = x - diagonal
                while x < width, y >= 0, y < height, old[left + width - 1 - x] == new[top + height - 1 - y] {
                    (x, y) = (x + 1, y + 1)
                }
                backward[zero + diagonal] = x
                let mirrored = delta - diagonal
                guard !isOdd, abs(mirrored) <= detours, x + forward[zero + mirrored] >= width else { continue }
                return clamped(width - x, height - y, oldRange, newRange)
            }
        }
        return nil
    }

    /// The point in the lists' own positions; nil where it would leave one half as large as the whole.
    private func clamped(_ x: Int, _ y: Int, _ oldRange: Range<Int>, _ newRange: Range<Int>) -> (old: Int, new: Int)? {
        let point = (old: oldRange.lowerBound + x, new: newRange.lowerBound + y)
        guard (0...oldRange.count).contains(x), (0...newRange.count).contains(y) else { return nil }
        let isAtStart = x == 0 && y == 0
        let isAtEnd = x == oldRange.count && y == newRange.count
        return isAtStart || isAtEnd ? nil : point
    }
}
