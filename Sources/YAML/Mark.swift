/// A place in a file.
package struct Mark: Hashable, Comparable, Sendable {
    /// The line, counted from 1.
    package var line: Int
    /// The column in characters, counted from 1.
    package var column: Int

    /// The beginning of a file.
    package static let start = Mark(line: 1, column: 1)

    /// Makes a place of a line and a column.
    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: Mark, right: Mark) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
