/// Identities whose folders are gone, so that a late copy of their orders still starts nothing.
///
/// The newest are remembered one by one; of the older ones only the latest is kept, as a low-water mark.
package struct ForgottenAttempts: Sendable {
    /// Those that are remembered one by one.
    package private(set) var ids: Set<AttemptID> = []
    /// This one and all that are older are covered; nil: none yet.
    package private(set) var lowWater: AttemptID?
    private let limit: Int

    /// Remembers so many identities one by one.
    package init(limit: Int = 100_000) {
        self.limit = limit
    }

    /// Whether the identity was forgotten or is older than what is remembered.
    package func covers(_ id: AttemptID) -> Bool {
        if let lowWater, id <= lowWater { return true }
        return ids.contains(id)
    }

    /// Remembers that an attempt was forgotten.
    package mutating func insert(_ id: AttemptID) {
        guard !covers(id) else { return }
        ids.insert(id)
        guard ids.count > limit else { return }
        let older = ids.sorted().prefix(limit / 2)
        if let last = older.last { raise(to: last) }
    }

    /// Raises the low-water mark.
    package mutating func raise(to mark: AttemptID) {
        if let lowWater, mark <= lowWater { return }
        lowWater = mark
        ids = ids.filter { $0 > mark }
    }
}
