import Core
import DAGFile
import Store

/// Compares a server's DAG folder with the files in force, which another server put there.
///
/// Contents are told apart by a hash of this process, and are read again only where a file or a version is new.
struct FolderComparison: Sendable {
    private var files: [String: (file: DAGFolder.File, hash: Int)] = [:]
    private var versions: [Int: (hash: Int, calendars: [String: [UInt8]])] = [:]
    private var calendars: [String: [UInt8]] = [:]
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
            guard let id = row.versionID, let version = versions[id] else { continue }
            if version.hash != files[row.path]?.hash { differing.insert(row.path) }
            for (name, source) in version.calendars where calendars[name] != source {
                differing.insert(CalendarFile.path(of: name))
            }
        }
        // Of a file that the other server cannot read, an older version is in force.
        differing.subtract(broken)
        defer { before = differing }
        return differing.intersection(before).sorted()
    }

    private mutating func readFiles(of folder: DAGFolder, expecting count: Int) throws {
        var present: [String: (file: DAGFolder.File, hash: Int)] = [:]
        let scan = try folder.scan(previous: count)
        calendars = [:]
        for file in scan.calendars { calendars[file.id] = try folder.read(file).bytes }
        for file in scan.files {
            if let known = files[file.path], file.isUnchanged(since: known.file) {
                present[file.path] = known
            } else {
                present[file.path] = (file, try folder.read(file).bytes.hashValue)
            }
        }
        files = present
    }

    private mutating func readVersions(_ ids: [Int], _ store: Store) async throws {
        var present: [Int: (hash: Int, calendars: [String: [UInt8]])] = [:]
        for id in ids {
            if let known = versions[id] {
                present[id] = known
            } else if let source = try await store.perform({ try $0.versionSource(id) }) {
                present[id] = (source.bytes.hashValue, source.calendars)
            }
        }
        versions = present
    }
}
