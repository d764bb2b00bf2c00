/// What the server said when it refused a statement.
package struct ServerError: Error, Equatable {
    /// The name of the statement that failed.
    package let statement: String
    /// The five characters of SQLSTATE.
    package let sqlState: String
    /// The server's primary message, without quoted values.
    package let message: String
    /// May quote stored values: for code that asks for it, never printed by `description`.
    package let detail: String?
    package let hint: String?
    package let constraint: String?
    package let table: String?
    /// The line of the statement's text at which the server stopped reading, counted from 1.
    package let line: Int?

    package init(
        statement: String,
        sqlState: String,
        message: String,
        detail: String? = nil,
        hint: String? = nil,
        constraint: String? = nil,
        table: String? = nil,
        line: Int? = nil
    ) {
        self.statement = statement
        self.sqlState = sqlState
        self.message = Self.withoutValues(message, sqlState: sqlState)
        self.detail = detail
        self.hint = hint
        self.constraint = constraint
        self.table = table
        self.line = line
    }

    /// Cuts quoted values out of a message.
    ///
    /// Class 22 (data exceptions) quotes the value itself, as in `invalid input syntax for type integer: "x"`;
    /// other classes quote only identifiers, which help and which are not secret.
    private static func withoutValues(_ message: String, sqlState: String) -> String {
        guard sqlState.hasPrefix("22"), let quote = message.firstIndex(of: "\"") else { return message }
        return message[..<quote] + "(value not shown)"
    }
}

extension ServerError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        var sentence = "statement '\(statement)' failed"
        if let line { sentence += " at line \(line)" }
        sentence += ": \(message) (SQLSTATE \(sqlState)"
        if let constraint { sentence += ", constraint \(constraint)" }
        sentence += ")"
        if let hint { sentence += ". Hint: \(hint)" }
        return sentence
    }

    package var debugDescription: String { description }
}
