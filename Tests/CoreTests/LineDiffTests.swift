import Core
import Testing

struct LineDiffTests {
    /// The steps as people write them: ` a`, `-b`, `+c`.
    private static func text(_ old: [String], _ new: [String]) -> [String] {
        LineDiff(from: old, to: new).steps.map { step in
            switch step {
            case .keep(let index, _): " " + old[index]
            case .remove(let index): "-" + old[index]
            case .add(let index): "+" + new[index]
            }
        }
    }

    @Test(
        arguments: [
            ("", "", ""), ("a", "", "-a"), ("", "a", "+a"), ("a b c", "a b c", " a, b, c"),
            ("a b c", "a x c", " a,-b,+x, c"), ("a b c", "b c d", "-a, b, c,+d"),
            ("a b c a b b a", "c b a b a c", "-a,+c, b,-c, a, b,-b, a,+c"), ("x x x", "y y", "-x,-x,-x,+y,+y"),
        ]
    )
    func `the steps lead from the old lines to the new`(_ old: String, _ new: String, _ steps: String) {
        let words = { (text: String) in text.split(separator: " ").map(String.init) }
        #expect(Self.text(words(old), words(new)) == steps.split(separator: ",").map(String.init))
    }

    @Test func `no way is shorter`() {
        var state: UInt64 = 11
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for round in 0..<3_000 {
            let letters = 1 + round % 5
            let old = (0..<random(14)).map { _ in random(letters) }
            let new = (0..<random(14)).map { _ in random(letters) }
            let diff = LineDiff(from: old, to: new)
            #expect(Self.isSound(diff, old, new))
            #expect(diff.added + diff.removed == old.count + new.count - 2 * Self.longest(old, new))
        }
    }

    @Test func `what has nothing in common is replaced as a whole, soon`() {
        let old = Array(0..<20_000)
        let new = Array(30_000..<50_000)
        let diff = LineDiff(from: old + [-1], to: new + [-1])
        #expect(Self.isSound(diff, old + [-1], new + [-1]))
        #expect(diff.removed == 20_000 && diff.added == 20_000)
    }

    @Test func `a long list with few changes has few steps that are none of keeping`() {
        let old = Array(0..<30_000)
        var new = old
        new.remove(at: 12_000)
        new.insert(-1, at: 20_000)
        let diff = LineDiff(from: old, to: new)
        #expect(diff.added == 1 && diff.removed == 1)
        #expect(Self.isSound(diff, old, new))
    }

    @Test func `hunks have lines about them and join where they meet`() {
        let old = (1...30).map(String.init)
        var new = old
        new[4] = "five"
        new[9] = "ten"
        new[24] = "twenty-five"
        let hunks = LineDiff(from: old, to: new).hunks(context: 3)
        #expect(hunks.map(\.count) == [14, 8])
        #expect(hunks.first?.first == .keep(old: 1, new: 1))
        #expect(LineDiff(from: old, to: old).hunks(context: 3).isEmpty)
    }

    private static func isSound(_ diff: LineDiff, _ old: [Int], _ new: [Int]) -> Bool {
        var (left, right) = (0, 0)
        for step in diff.steps {
            switch step {
            case .keep(let index, let other):
                guard index == left, other == right, old[index] == new[other] else { return false }
                (left, right) = (left + 1, right + 1)
            case .remove(let index):
                guard index == left else { return false }
                left += 1
            case .add(let index):
                guard index == right else { return false }
                right += 1
            }
        }
        return left == old.count && right == new.count
    }

    private static func longest(_ old: [Int], _ new: [Int]) -> Int {
        var row = Array(repeating: 0, count: new.count + 1)
        for line in old {
            var diagonal = 0
            for index in new.indices {
                let above = row[index + 1]
                row[index + 1] = line == new[index] ? diagonal + 1 : max(above, row[index])
                diagonal = above
            }
        }
        return row[new.count]
    }
}
