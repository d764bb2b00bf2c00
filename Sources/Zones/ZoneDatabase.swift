package import Core
internal import Synchronization

/// The time zones of the system's tzdata, read from their files when first asked for and kept.
///
/// Names are IANA names. `UTC` is always known, even on a host without tzdata. `refresh()` notices that the package was
/// updated, so that no restart is needed.
package final class ZoneDatabase: Sendable {
    /// The folder of the zone files: `TZDIR`, else `/usr/share/zoneinfo`.
    package static var systemDirectory: String {
        guard let directory = ZoneFile.environment("TZDIR"), !directory.isEmpty else { return "/usr/share/zoneinfo" }
        return directory
    }

    /// The folder of the zone files.
    package let directory: String
    private let state: Mutex<State>

    private struct State {
        var zones: [String: Entry] = [:]
        var versionStamp: [ZoneFile.Stamp?] = []
        var version: String?
        var hasVersion = false
    }

    private struct Entry {
        var rules: TimeZoneRules
        /// Nil for UTC, which has no file.
        var stamp: ZoneFile.Stamp?
    }

    /// Makes the database of a folder; nothing is read yet.
    package init(directory: String = ZoneDatabase.systemDirectory) {
        self.directory = directory
        state = Mutex(State(zones: ["UTC": Entry(rules: .utc, stamp: nil)]))
    }

    /// The rules of a zone.
    ///
    /// - Throws: when the zone is unknown, with the nearest name, and when its file cannot be used.
    package func rules(for name: String) throws(ZoneError) -> TimeZoneRules {
        if let known = state.withLock({ $0.zones[name] }) { return known.rules }
        // Read outside the lock: two readers of one zone at once do the same work, and no one waits for a disk.
        let entry = try load(name)
        return state.withLock { state in
            if let known = state.zones[name] { return known.rules }
            state.zones[name] = entry
            return entry.rules
        }
    }

    /// The release of the zone data, as in `2026a`; nil where the folder does not tell.
    package var version: String? {
        if let known = state.withLock({ $0.hasVersion ? Optional($0.version) : nil }) { return known }
        let (version, stamp) = readVersion()
        state.withLock { state in
            state.version = version
            state.versionStamp = stamp
            state.hasVersion = true
        }
        return version
    }

    /// Reads again what changed on disk since it was read, and returns the names of the zones whose rules are other ones.
    ///
    /// It looks at the files' modification time, size and inode only, so it may be called at every pass. A zone whose file
    /// has become unreadable keeps its rules: an update in the middle must not stop schedules.
    @discardableResult
    package func refresh() -> [String] {
        let entries = state.withLock { $0.zones }
        var changed: [String: Entry] = [:]
        for (name, entry) in entries {
            guard entry.stamp != nil, let path = ZoneName(name).map({ "\(directory)/\($0.text)" }),
                let stamp = ZoneFile.stamp(of: path),
                stamp != entry.stamp,
                // Left as it is, and tried again at the next refresh.
                let fresh = try? load(name)
            else { continue }
            changed[name] = fresh
        }
        refreshVersion()
        guard !changed.isEmpty else { return [] }
        state.withLock { state in
            for (name, entry) in changed { state.zones[name] = entry }
        }
        return changed.filter { entries[$0.key]?.rules != $0.value.rules }.keys.sorted()
    }

    /// The names of all zones of the folder, ascending.
    package func names() -> [String] {
        ZoneFile.names(in: directory)
    }

    private func load(_ name: String) throws(ZoneError) -> Entry {
        guard let valid = ZoneName(name) else {
            let suggestion = ZoneName.nearest(to: name, among: names())
            throw suggestion == nil ? .badName(name) : .unknown(name: name, suggestion: suggestion)
        }
        let path = "\(directory)/\(valid.text)"
        guard let stamp = ZoneFile.stamp(of: path) else { throw absent(name) }
        let bytes: [UInt8]
        switch ZoneFile.read(path) {
        case .success(let content): bytes = content
        case .failure(let failure): throw .unreadable(name: name, path: path, reason: failure.reason)
        }
        do {
            return Entry(rules: try TimeZoneRules(name: name, tzif: bytes), stamp: stamp)
        } catch .notTZif {
            // The folder holds tables and text files beside its zones.
            throw absent(name)
        } catch {
            throw .damaged(error)
        }
    }

    private func absent(_ name: String) -> ZoneError {
        guard ZoneFile.isDirectory(directory) else { return .noDatabase(directory: directory) }
        return .unknown(name: name, suggestion: ZoneName.nearest(to: name, among: names()))
    }

    private func refreshVersion() {
        let known = state.withLock { $0.hasVersion ? $0.versionStamp : nil }
        guard let known, known != versionPaths.map(ZoneFile.stamp) else { return }
        let (version, stamp) = readVersion()
        state.withLock { state in
            state.version = version
            state.versionStamp = stamp
        }
    }

    private var versionPaths: [String] { ["\(directory)/tzdata.zi", "\(directory)/+VERSION"] }

    private func readVersion() -> (String?, [ZoneFile.Stamp?]) {
        let stamp = versionPaths.map(ZoneFile.stamp)
        for path in versionPaths {
            guard case .success(let bytes) = ZoneFile.read(path, limit: 64) else { continue }
            let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            let word = line.split(separator: " ").last.map(String.init) ?? ""
            // Four digits of a year, then a letter: `# version 2026a` or `2026a`.
            if word.utf8.count >= 5, word.prefix(4).allSatisfy(\.isNumber) { return (word, stamp) }
        }
        return (nil, stamp)
    }
}
