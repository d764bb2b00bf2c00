import Core

/// A value that nobody may see, and where it is.
package struct SecretSettings: Hashable, Sendable {
    package var name: String
    package var source: Source
    /// Patterns of the DAGs that may use it, where `*` stands for any part of an id; nil: all.
    package var dags: [String]?

    /// Where a value is read, each time that a task needs it.
    package enum Source: Hashable, Sendable {
        /// A variable of the server's own environment.
        case environment(String)
        /// A file, without the end of its last line.
        case file(String)
        /// What a program prints, without the end of its last line.
        case command([String])
    }

    /// Joins a name with a place.
    package init(name: String, source: Source, dags: [String]? = nil) {
        self.name = name
        self.source = source
        self.dags = dags
    }

    /// Whether a DAG may use it.
    package func isFor(_ dag: String) -> Bool {
        dags?.contains { StarPattern.matches($0, dag) } ?? true
    }
}
