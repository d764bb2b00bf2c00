import Core

/// What a keeper leaves behind on its host: folders, the journal and the last contact.
struct Disk {
    let number: Int
    var folders: [AttemptID: Folder] = [:]
    /// What was written; a power cut takes what lies behind `durable`.
    private(set) var journal: [JournalEntry] = []
    private var durable = 0
    var contact: KeeperClock?
    /// Until when nothing can be made on it but what has its space already.
    var isFullUntil = 0

    /// An attempt's folder.
    struct Folder {
        /// The log, which is made when the start is about to be tried.
        var hasLog = false
        var mark: EndingMark?
    }

    init(number: Int) {
        self.number = number
    }

    mutating func write(_ entries: some Sequence<JournalEntry>) { journal += entries }

    mutating func sync() { durable = journal.count }

    /// Puts another journal in the place of this one, durably.
    mutating func rewrite(_ entries: [JournalEntry]) {
        journal = entries
        durable = entries.count
    }

    /// The host goes down: folders may be lost, and of the journal what was not durable, wholly or from somewhere on.
    mutating func losePower(_ chance: inout SplitMix64) -> Bool {
        for id in folders.keys.sorted() where chance.happens(500) { folders[id] = nil }
        let rest = journal.count - durable
        guard rest > 0 else { return false }
        journal.removeLast(chance.pick(1...rest))
        return true
    }

    /// Whether an end stands there durably.
    func hasRecord(of id: AttemptID) -> Bool {
        journal[..<durable].contains { if case .ended(id, _) = $0 { true } else { false } }
    }
}
