/// A named SQL statement, prepared once on each connection that executes it.
///
/// Names are unique within the program: a connection refuses a second text under a name that it has prepared.
package struct Statement: Sendable {
    package let name: String
    package let sql: String

    /// The name has 1 to 63 bytes: PostgreSQL would cut a longer one and confuse two statements.
    package init(name: String, sql: String) {
        precondition((1...63).contains(name.utf8.count), "the statement name '\(name)' is not 1 to 63 bytes long")
        self.name = name
        self.sql = sql
    }
}
