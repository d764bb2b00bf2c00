/// The difference between two texts as `diff -u` writes it, without the names of files.
package enum UnifiedDiff {
    /// The lines that changed with three about them; empty where the texts are equal.
    package static func text(from old: [UInt8], to new: [UInt8]) -> String {
        let (old, new) = (lines(old), lines(new))
        var text = ""
        for hunk in LineDiff(from: old, to: new).hunks(context: 3) {
            text += heading(of: hunk)
            for step in hunk {
                switch step {
                case .keep(let left, _): text += " " + old[left]
                case .remove(let left): text += "-" + old[left]
                case .add(let right): text += "+" + new[right]
                }
                text += "\n"
            }
        }
        return text
    }

    private static func heading(of hunk: ArraySlice<LineDiff.Step>) -> String {
        var (left, right): ([Int], [Int]) = ([], [])
        for step in hunk {
            switch step {
            case .keep(let old, let new):
                left.append(old)
                right.append(new)
            case .remove(let old): left.append(old)
            case .add(let new): right.append(new)
            }
        }
        return "@@ -\(range(left)) +\(range(right)) @@\n"
    }

    private static func range(_ lines: [Int]) -> String {
        guard let first = lines.first else { return "0,0" }
        return "\(first + 1),\(lines.count)"
    }

    private static func lines(_ text: [UInt8]) -> [String] {
        let body = text.last == UInt8(ascii: "\n") ? text.dropLast() : text[...]
        guard !body.isEmpty else { return [] }
        return body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
