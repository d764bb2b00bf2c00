import Core

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
        return dags.contains { StarPattern.matches($0, dag) }
    }
}
