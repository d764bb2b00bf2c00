import Core

/// What keepers leave behind on their host: folders, journals and the last contact.
struct Disk {
    let number: Int
    var folders: [AttemptID: Folder] = [:]
    /// In the order in which they were begun.
    var journals: [Journal] = []
    var contact: KeeperClock?
    /// Until when nothing can be made on it but what has its space already.
    var isFullUntil = 0

    /// An attempt's folder.
    struct Folder {
        /// The log, which is made when the start is about to be tried.
        var hasLog = false
        var mark: EndingMark?
    }

    /// A keeper's journal; a power cut takes what is not durable of it.
    final class Journal {
        private(set) var entries: [JournalEntry] = []
        private var durable = 0

        func write(_ more: some Sequence<JournalEntry>) { entries += more }

        func sync() { durable = entries.count }

        /// Puts others in the place of all, durably.
        func rewrite(_ others: [JournalEntry]) {
            entries = others
            durable = others.count
        }

        func losePower(_ chance: inout SplitMix64) -> Bool {
            let rest = entries.count - durable
            guard rest > 0 else { return false }
            entries.removeLast(chance.pick(1...rest))
            return true
        }

        func hasRecord(of id: AttemptID) -> Bool {
            entries[..<durable].contains { if case .ended(id, _) = $0 { true } else { false } }
        }
    }

    init(number: Int) {
        self.number = number
    }

    /// The host goes down: folders may be lost, and of journals what was not durable, wholly or from somewhere on.
    mutating func losePower(_ chance: inout SplitMix64) -> Bool {
        for id in folders.keys.sorted() where chance.happens(500) { folders[id] = nil }
        return journals.map { $0.losePower(&chance) }.contains(true)
    }

    /// Whether an end stands there durably.
    func hasRecord(of id: AttemptID) -> Bool { journals.contains { $0.hasRecord(of: id) } }
}
