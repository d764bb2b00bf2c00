/// Somebody who is told of failures.
package struct NotificationSettings: Hashable, Sendable {
    package var name: String
    package var means: Means
    /// Patterns of the DAGs whose failures are told, where `*` stands for any part of an id; nil: all.
    package var dags: [String]?

    /// How a message gets there.
    package enum Means: Hashable, Sendable {
        /// A POST; the file holds a token.
        case webhook(url: String, tokenFile: String?)
        /// A program and its arguments; the message comes on standard input.
        case command([String])
    }

    /// Joins a name with a way.
    package init(name: String, means: Means, dags: [String]? = nil) {
        self.name = name
        self.means = means
        self.dags = dags
    }

    /// Whether a DAG's failures are told.
    package func concerns(_ dag: String) -> Bool {
        guard let dags else { return true }
        return dags.contains { Self.matches(Array($0.utf8), Array(dag.utf8)) }
    }

    /// By a table of places, so that many stars cost no more than the product of the lengths.
    private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var reached = [true] + [Bool](repeating: false, count: text.count)
        for byte in pattern {
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
