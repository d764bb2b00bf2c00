/// The rows that a statement returned.
package struct Rows: Sendable, RandomAccessCollection {
    let result: QueryResult
    let statement: String

    package let count: Int
    package var startIndex: Int { 0 }
    package var endIndex: Int { count }

    init(_ result: QueryResult, statement: String) {
        self.result = result
        self.statement = statement
        self.count = result.rowCount
    }

    package subscript(index: Int) -> Row {
        precondition(index >= 0 && index < count, "row \(index) of \(count) of statement '\(statement)'")
        return Row(result: result, statement: statement, index: index)
    }

    /// How many rows the statement inserted, updated, deleted or selected; 0 for other commands.
    package var affected: Int { result.affectedRows }

    /// The names of the columns, in order.
    package var columns: [String] { (0..<result.columnCount).map { result.columnName($0) } }
}

/// One row of a result.
package struct Row: Sendable {
    let result: QueryResult
    let statement: String
    let index: Int

    /// Reads a column, counted from 0; an optional type admits NULL.
    package func decode<Value: PostgresDecodable>(
        _ column: Int,
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        guard column >= 0, column < result.columnCount else {
            throw failure(at: "\(column)", .noSuchColumn(count: result.columnCount))
        }
        do throws(DecodingProblem) {
            return try result.decode(type, row: index, column: column)
        } catch {
            throw failure(at: "\(column) (\(result.columnName(column)))", error)
        }
    }

    private func failure(at column: String, _ problem: DecodingProblem) -> DatabaseError {
        .invalidColumn(statement: statement, column: column, problem: problem)
    }
}
