import DAGFile
package import Store

extension Store {
    /// The file that would make a DAG of that name if it were valid; nil where there is none.
    package func brokenFile(ofDAG name: String) async throws -> FileErrorRecord? {
        try await fileErrors().first { record in
            if record.dag == name { return true }
            // A file that can make no DAG by its very name makes none of this one.
            return (try? DAGFile.id(forPath: record.path)) == name
        }
    }
}
