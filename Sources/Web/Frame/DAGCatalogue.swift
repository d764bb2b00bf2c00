import Core
import Store
import Synchronization

/// What the files of all DAGs say of owners and tags, for lists that are narrowed by them.
///
/// A version never changes, so each is read once; little is kept of it.
final class DAGCatalogue: Sendable {
    /// What is kept of one version.
    struct Entry: Hashable, Sendable {
        var owner: String?
        var tags: [String]
    }

    private let store: Store
    private let read: @Sendable (VersionSource) -> DAG?
    private let kept = Mutex<[Int: Entry]>([:])

    /// So many versions are read by one statement.
    private static let batch = 500

    init(store: Store, read: @escaping @Sendable (VersionSource) -> DAG?) {
        self.store = store
        self.read = read
    }

    /// The entries of versions by their row ids; what cannot be read has neither owner nor tags.
    func entries(of versions: [Int]) async throws -> [Int: Entry] {
        let known = kept.withLock { $0 }
        let missing = versions.filter { known[$0] == nil }
        var found: [Int: Entry] = [:]
        for start in stride(from: 0, to: missing.count, by: Self.batch) {
            let wanted = Array(missing[start..<min(start + Self.batch, missing.count)])
            for (version, source) in try await store.sources(ofVersions: wanted) {
                let dag = read(source)
                found[version] = Entry(owner: dag?.owner, tags: dag?.tags ?? [])
            }
        }
        // Only what is in force is kept.
        let entries = known.filter { versions.contains($0.key) }.merging(found) { _, new in new }
        if !missing.isEmpty { kept.withLock { $0 = entries } }
        return entries
    }
}
