/// A name that is safe to be looked up below the folder of the zones.
struct ZoneName: Hashable {
    let text: String

    /// Nil for a text that cannot be a zone's name, such as one that would leave the folder.
    init?(_ text: String) {
        guard (1...64).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "/") else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
        let marks = Set("_+-/".utf8)
        let isPlain = text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || marks.contains($0) }
        guard isPlain, !ZoneName.aliases.contains(text) else { return nil }
        self.text = text
    }

    /// Files that are the host's choice rather than a zone: a schedule that names one would differ from host to host.
    static let aliases: Set = ["localtime", "posixrules"]

    /// The name most like a text; nil when none is near.
    ///
    /// Letter case counts little, and a city alone finds its continent: `berlin` gives `Europe/Berlin`.
    static func nearest(to text: String, among names: [String]) -> String? {
        let wanted = Array(text.lowercased().replacing(" ", with: "_").utf8.prefix(64))
        guard !wanted.isEmpty else { return nil }
        var best: (name: String, distance: Int)?
        for name in names {
            let lower = name.lowercased()
            let city = lower.split(separator: "/").last.map { Array($0.utf8) } ?? []
            var distance = distance(wanted, Array(lower.utf8))
            if city == wanted { distance = 0 }
            if distance < best?.distance ?? .max { best = (name, distance) }
        }
        guard let best, best.distance <= max(1, wanted.count / 4) else { return nil }
        return best.name
    }

    /// The number of letters to insert, delete, replace or swap with their neighbour.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var older: [Int] = []
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let cost = left[row] == right[column] ? 0 : 1
                var least = min(previous[column] + cost, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, older[column - 1] + 1)
                }
                current.append(least)
            }
            older = previous
            previous = current
        }
        return previous[right.count]
    }
}
