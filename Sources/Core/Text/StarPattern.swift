/// Patterns in which `*` stands for any part of a text.
package enum StarPattern {
    /// Whether a pattern is right for the whole text.
    package static func matches(_ pattern: String, _ text: String) -> Bool {
        let text = Array(text.utf8)
        // By a table of places, so that many stars cost no more than the product of the lengths.
        var reached = [true] + [Bool](repeating: false, count: text.count)
        for byte in pattern.utf8 {
            var next = [Bool](repeating: false, count: text.count + 1)
            for place in 0...text.count {
                if byte == UInt8(ascii: "*") {
                    next[place] = reached[place] || place > 0 && next[place - 1]
                } else if place > 0, text[place - 1] == byte {
                    next[place] = reached[place - 1]
                }
            }
            reached = next
        }
        return reached[text.count]
    }
}
