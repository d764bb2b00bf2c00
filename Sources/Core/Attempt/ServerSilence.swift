/// Since when no server has been heard of, and which attempts end when that is too long.
///
/// What is counted from is a reading of the host's own clock that a server has heard; a later reading of which nobody
/// knows that it was heard proves nothing.
package struct ServerSilence: Sendable {
    /// The newest reading, in the present boot, that a server is known to have heard.
    package private(set) var reading: Duration
    private var fences: [AttemptID: Duration] = [:]
    /// No fence is shorter.
    private var shortest: Duration?

    /// Begins with what was known before; zero: the boot.
    package init(reading: Duration = .zero) {
        self.reading = reading
    }

    /// When the next may be due; nil where nothing can be.
    package var soonest: Duration? { shortest.map { reading + $0 } }

    /// Whether no attempt depends on it.
    package var isEmpty: Bool { fences.isEmpty }

    /// Begins to look after an attempt; true for the first one.
    package mutating func watch(_ id: AttemptID, _ fence: Duration) -> Bool {
        let isFirst = fences.isEmpty
        fences[id] = fence
        shortest = min(shortest ?? fence, fence)
        return isFirst
    }

    /// Looks after an attempt no more.
    package mutating func unwatch(_ id: AttemptID) {
        guard fences.removeValue(forKey: id) != nil else { return }
        if fences.isEmpty { shortest = nil }
    }

    /// Takes a reading that a server has heard; false: an older one, which changes nothing.
    package mutating func note(_ heard: Duration) -> Bool {
        guard heard > reading else { return false }
        reading = heard
        return true
    }

    /// Takes out the attempts whose silence is over: they are being ended from now on.
    package mutating func takeDue(at now: Duration) -> [AttemptID] {
        guard let soonest, now >= soonest else { return [] }
        let due = fences.filter { now >= reading + $0.value }.map(\.key)
        for id in due { fences[id] = nil }
        shortest = fences.values.min()
        return due.sorted()
    }
}
