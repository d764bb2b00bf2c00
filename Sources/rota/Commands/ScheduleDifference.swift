import Core

/// Which fires of a schedule vanish and which appear when another takes its place.
struct ScheduleDifference: Hashable, Sendable {
    /// Fires of the old schedule alone, ascending.
    var vanished: [Timestamp] = []
    /// Fires of the new schedule alone, ascending.
    var appeared: [Timestamp] = []
    /// How many both have.
    var kept = 0

    /// The most fires that one side may have.
    static let most = 1_000_000

    /// Compares all fires after an instant and up to another; nil where one side has too many.
    init?(from old: Schedule?, to new: Schedule?, after start: Timestamp, through end: Timestamp) {
        func fires(_ schedule: Schedule?) -> [Timestamp] {
            let first = start + .microseconds(1)
            return schedule?.runs(from: first, to: end + .microseconds(1), limit: Self.most + 1) ?? []
        }
        let (left, right) = (fires(old), fires(new))
        guard left.count <= Self.most, right.count <= Self.most else { return nil }
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            if j == right.count || i < left.count && left[i] < right[j] {
                vanished.append(left[i])
                i += 1
            } else if i == left.count || right[j] < left[i] {
                appeared.append(right[j])
                j += 1
            } else {
                kept += 1
                i += 1
                j += 1
            }
        }
    }

    /// Whether both fire at the same instants.
    var isEmpty: Bool { vanished.isEmpty && appeared.isEmpty }
}
