/// A line of the listing of a search: one that was found, or one beside it.
package struct FoundLine<Content> {
    /// Counted from 1.
    package var number: Int
    package var content: Content
    /// Whether it was found itself.
    package var isHit: Bool
    /// Whether lines are left out between it and the one before it in the listing.
    package var followsGap: Bool

    /// What was found, with the lines around it: numbers ascend.
    package typealias Hit = (line: Numbered, before: [Numbered], after: [Numbered])
    /// A line and its number.
    package typealias Numbered = (number: Int, content: Content)

    /// Every line of some hits once and in order, as `grep` lists them: a line that two hits share belongs to the first,
    /// and one that was found is no line beside another.
    package static func listing(_ hits: [Hit]) -> [FoundLine] {
        var lines: [FoundLine] = []
        func add(_ line: Numbered, isHit: Bool) {
            let last = lines.last?.number
            lines.append(
                FoundLine(
                    number: line.number,
                    content: line.content,
                    isHit: isHit,
                    followsGap: last.map { line.number > $0 + 1 } ?? false
                )
            )
        }
        for (place, hit) in hits.enumerated() {
            for near in hit.before where near.number > lines.last?.number ?? 0 { add(near, isHit: false) }
            add(hit.line, isHit: true)
            let next = place + 1 < hits.count ? hits[place + 1].line.number : .max
            for near in hit.after where near.number < next { add(near, isHit: false) }
        }
        return lines
    }
}
