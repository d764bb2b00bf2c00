package import Core
import Postgres

/// A mark of a log with when its line arrived.
package struct PlacedMark: Hashable, Sendable {
    package var mark: LogMark
    package var arrivedAt: Timestamp

    /// Joins the two.
    package init(mark: LogMark, arrivedAt: Timestamp) {
        self.mark = mark
        self.arrivedAt = arrivedAt
    }
}

extension LogMark {
    /// Marks as the database has them; nil where there are none.
    static func document(_ marks: [LogMark]) -> String? {
        guard !marks.isEmpty else { return nil }
        let items = marks.map { mark in
            JSONValue.array(
                [.number("\(mark.line)"), .string(mark.kind.rawValue), .string(mark.text)]
                    + (mark.rule.map { [.string($0.rawValue)] } ?? [])
            )
        }
        return JSONValue.array(items).description
    }

    /// Reads what the database has; what this program does not know is left out.
    static func marks(_ document: String) -> [LogMark] {
        guard case .array(let items) = JSONValue(parsing: document) else { return [] }
        return items.compactMap { item -> LogMark? in
            guard case .array(let fields) = item, fields.count >= 3, case .number(let line) = fields[0],
                let number = Int(line), case .string(let word) = fields[1], let kind = Kind(rawValue: word),
                case .string(let text) = fields[2]
            else { return nil }
            var mark = LogMark(line: number, kind: kind, text: text)
            if fields.count > 3, case .string(let rule) = fields[3] { mark.rule = LineScanner.Rule(rawValue: rule) }
            return mark
        }
    }
}

extension Store {
    /// What was marked in a log, in its order; of pieces with marks the first 4,096.
    package func logMarks(of attempt: AttemptID) async throws -> [PlacedMark] {
        try await pool.execute(Self.logMarksStatement, [attempt]).flatMap { row in
            let arrivedAt = try row.decode(0, as: Timestamp.self)
            return LogMark.marks(try row.decode(1)).map { PlacedMark(mark: $0, arrivedAt: arrivedAt) }
        }
    }

    static let logMarksStatement = Statement(
        name: "log_marks",
        sql: """
            SELECT at, marks::text FROM attempt_log WHERE attempt_id = $1 AND marks IS NOT NULL
            ORDER BY start_byte LIMIT 4096
            """
    )
}
