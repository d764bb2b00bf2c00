/// How people and programs name a run: `DAG/KEY`.
package struct RunName: Hashable, Sendable {
    /// The DAG's id.
    package var dag: String
    /// The run's key in its DAG, such as `2026-08-21T043000Z`, or the words `latest` and `latest-failed`.
    package var key: String

    /// Pairs a DAG with a key.
    package init(dag: String, key: String) {
        self.dag = dag
        self.key = key
    }

    /// Reads `DAG/KEY`; nil where either half is missing or a third follows.
    package init?(_ text: String) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty else { return nil }
        dag = String(halves[0])
        key = String(halves[1])
    }
}

extension RunName: CustomStringConvertible {
    package var description: String { "\(dag)/\(key)" }
}
