/// By which of the runners that fit a pool's tasks are spread.
package enum Placement: String, Hashable, Sendable, CaseIterable {
    /// The one of whose slots the smallest part is in use.
    case leastLoaded = "least_loaded"
    /// One after the other, by name.
    case roundRobin = "round_robin"
    /// The one with the fewest free slots that still fit, so that others stay free for large tasks.
    case packed
}

/// A runner as the choice among several sees it.
package struct PlacementPeer: Hashable, Sendable {
    package var name: String
    package var labels: [String]
    package var totalSlots: Int
    package var freeSlots: Int
    /// Slots of which only tasks of some priority may take.
    package var reserved: ReservedSlots?
    /// Slots that tasks below that priority hold.
    package var ordinarySlotsInUse: Int

    /// Joins the facts.
    package init(
        name: String,
        labels: [String],
        totalSlots: Int,
        freeSlots: Int,
        reserved: ReservedSlots? = nil,
        ordinarySlotsInUse: Int = 0
    ) {
        self.name = name
        self.labels = labels
        self.totalSlots = totalSlots
        self.freeSlots = freeSlots
        self.reserved = reserved
        self.ordinarySlotsInUse = ordinarySlotsInUse
    }

    /// Slots that a task of this priority could take now.
    func room(forPriority priority: Int) -> Int {
        guard let reserved, priority < reserved.priority else { return freeSlots }
        return min(freeSlots, totalSlots - reserved.slots - ordinarySlotsInUse)
    }

    /// Slots that a task of this priority could ever take.
    func size(forPriority priority: Int) -> Int {
        guard let reserved, priority < reserved.priority else { return totalSlots }
        return totalSlots - reserved.slots
    }

    /// Whether a task finds its place within the slots that wait for tasks like it, which are kept for no other.
    func isReserved(for task: ClaimSnapshot.Candidate) -> Bool {
        guard let reserved, task.priority >= reserved.priority else { return false }
        return totalSlots - freeSlots - ordinarySlotsInUse + task.slots <= reserved.slots
    }

    mutating func take(slots: Int, priority: Int) {
        freeSlots -= slots
        if let reserved, priority < reserved.priority { ordinarySlotsInUse += slots }
    }
}

/// Slots of a runner that wait for important tasks.
package struct ReservedSlots: Hashable, Sendable {
    package var slots: Int
    /// Tasks of this priority and above may take them.
    package var priority: Int

    /// Joins the facts.
    package init(slots: Int, priority: Int) {
        self.slots = slots
        self.priority = priority
    }
}

extension Placement {
    /// Which of several runners a task goes to; nil: none of them has room for it.
    ///
    /// `last`: The one that took the last task of the pool.
    func choice(
        for candidate: ClaimSnapshot.Candidate,
        among peers: [PlacementPeer],
        last: String?
    ) -> Int? {
        let fitting = peers.indices.filter { index in
            peers[index].room(forPriority: candidate.priority) >= candidate.slots
                && candidate.labels.allSatisfy { peers[index].labels.contains($0) }
        }
        switch self {
        case .leastLoaded:
            return fitting.min { left, right in
                let (one, other) = (peers[left], peers[right])
                let parts = (one.used * max(1, other.totalSlots), other.used * max(1, one.totalSlots))
                return (parts.0, one.name) < (parts.1, other.name)
            }
        case .packed:
            return fitting.min { left, right in
                (peers[left].freeSlots, peers[left].name) < (peers[right].freeSlots, peers[right].name)
            }
        case .roundRobin:
            let byName = fitting.sorted { peers[$0].name < peers[$1].name }
            return byName.first { peers[$0].name > last ?? "" } ?? byName.first
        }
    }
}

extension PlacementPeer {
    fileprivate var used: Int { totalSlots - freeSlots }
}
