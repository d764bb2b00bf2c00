import Core
import DAGFile
import Store

/// Compares a server's DAG folder with the files in force, which another server put there.
///
/// Contents are told apart by a hash of this process, and are read again only where a file or a version is new.
struct FolderComparison: Sendable {
    private var files: [String: (file: DAGFolder.File, hash: Int)] = [:]
    private var versions: [Int: Int] = [:]
    /// What differed at the last look: only what still does counts, since files take a moment to arrive everywhere.
    private var before: Set<String> = []

    /// Paths whose files here are others than those in force, at this look and at the last one.
    mutating func differences(between folder: DAGFolder, and store: Store) async throws -> [String] {
        let rows = try await store.perform { try $0.allDAGs() }.filter(\.isActive)
        let broken = Set(try await store.fileErrors().map(\.path))
        try readFiles(of: folder, expecting: rows.count)
        try await readVersions(rows.compactMap(\.versionID), store)
        var differing = Set(files.keys).subtracting(rows.map(\.path))
        for row in rows {
            guard let version = row.versionID, versions[version] != files[row.path]?.hash else { continue }
            differing.insert(row.path)
        }
        // Of a file that the other server cannot read, an older version is in force.
        differing.subtract(broken)
        defer { before = differing }
        return differing.intersection(before).sorted()
    }

    private mutating func readFiles(of folder: DAGFolder, expecting count: Int) throws {
        var present: [String: (file: DAGFolder.File, hash: Int)] = [:]
        for file in try folder.scan(previous: count).files {
            if let known = files[file.path], file.isUnchanged(since: known.file) {
                present[file.path] = known
            } else {
                present[file.path] = (file, try folder.read(file).bytes.hashValue)
            }
        }
        files = present
    }

    private mutating func readVersions(_ ids: [Int], _ store: Store) async throws {
        var present: [Int: Int] = [:]
        for id in ids {
            if let hash = versions[id] {
                present[id] = hash
            } else {
                present[id] = try await store.perform { try $0.versionSource(id) }?.source.hashValue
            }
        }
        versions = present
    }
}
