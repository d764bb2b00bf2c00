import Store
import Synchronization

/// Tells streams of which DAGs something has changed; one look at the database serves all of them.
actor ChangeFeed {
    /// What changed since somebody asked last.
    enum News: Hashable, Sendable {
        case dags(Set<String>)
        /// Too much to name, or too long ago.
        case anything
    }

    /// A place in the feed.
    struct Place: Hashable, Sendable {
        /// Tells this process's numbers from those of another one.
        let epoch: UInt32
        let number: Int
    }

    private struct Entry {
        let number: Int
        /// Nil: more than can be named.
        let dag: String?
    }

    private static let pause = Duration.milliseconds(400)
    /// How many changes one look takes; more than that are not told apart.
    private static let mostAtOnce = 2_000
    private static let mostKept = 4_000

    private let store: Store
    private let epoch: UInt32
    private nonisolated let knownPlace: Mutex<Place>
    private var entries: [Entry] = []
    private var lastNumber = 0
    /// Everything up to this change has been told; nil before the first look.
    private var floor: Int?
    /// Changes beyond the floor that have been told.
    private var told: Set<Int> = []
    private var lastLook: ContinuousClock.Instant?
    private var isLooking = false

    init(store: Store) {
        self.store = store
        epoch = .random(in: .min ... .max)
        knownPlace = Mutex(Place(epoch: epoch, number: 0))
    }

    /// Where the last look left the feed; what is read from the database now is not older.
    nonisolated var known: Place { knownPlace.withLock { $0 } }

    /// Where the feed is now.
    func place() async throws -> Place {
        try await look()
        return Place(epoch: epoch, number: lastNumber)
    }

    /// What is new since a place, and the place after it; nil where nothing is.
    func news(since place: Place) async throws -> (news: News, place: Place)? {
        try await look()
        let here = Place(epoch: epoch, number: lastNumber)
        let first = (entries.first?.number ?? lastNumber + 1) - 1
        guard place.epoch == epoch, place.number >= first else { return (.anything, here) }
        guard place.number < lastNumber else { return nil }
        let fresh = entries.suffix(lastNumber - place.number)
        if fresh.contains(where: { $0.dag == nil }) { return (.anything, here) }
        return (.dags(Set(fresh.compactMap(\.dag))), here)
    }

    /// Looks at the database unless that was done a moment ago or is being done; then what is known must do.
    private func look() async throws {
        let now = ContinuousClock.now
        if isLooking { return }
        if let lastLook, now - lastLook < Self.pause { return }
        isLooking = true
        lastLook = now
        defer { isLooking = false }
        guard let floor else {
            self.floor = try await store.latestChange()
            return
        }
        take(try await store.changes(after: floor, limit: Self.mostAtOnce))
    }

    private func take(_ changes: [RecentChange]) {
        if changes.count == Self.mostAtOnce, let last = changes.last {
            add(nil)
            floor = last.id
            told = []
            return
        }
        let fresh = changes.filter { !told.contains($0.id) }
        for dag in Set(fresh.map(\.dag)).sorted() { add(dag) }
        let settled = changes.prefix(while: \.isSettled)
        if let last = settled.last { floor = last.id }
        told = Set(changes.dropFirst(settled.count).map(\.id))
    }

    private func add(_ dag: String?) {
        lastNumber += 1
        knownPlace.withLock { $0 = Place(epoch: epoch, number: lastNumber) }
        entries.append(Entry(number: lastNumber, dag: dag))
        if entries.count > Self.mostKept { entries.removeFirst(entries.count - Self.mostKept / 2) }
    }
}
