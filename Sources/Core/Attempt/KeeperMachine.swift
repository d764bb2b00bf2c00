/// The rules by which a keeper starts, ends, recovers and forgets the attempts of its host.
///
/// It does nothing by itself. Its shell tells it what came (an order, a question, an exit, what a look at the processes
/// showed, what a journal says) and does what it rules; time is an argument. Rulings of one attempt come back at once. What
/// must become durable first, and what follows from that, is handed out by `next`, in the one order in which it may be
/// done. So the shell may die between any two steps, and the next machine, made of the journal and the folders that are
/// there then, goes on without a start too many or an end that is not so.
package struct KeeperMachine: Sendable {
    /// The boot of its host.
    ///
    /// A claim of another boot is lost: nothing outlives a boot.
    package let bootID: String
    private let broken: KeeperRule?

    /// All that are known, those that are over included until they are forgotten.
    package internal(set) var attempts: [AttemptID: KeptAttempt] = [:]
    /// Attempts that have not ended.
    package internal(set) var liveCount = 0
    /// Attempts that are being ended: to be looked at until nothing of them is left.
    package internal(set) var terminating: Set<AttemptID> = []
    /// Attempts that run without a keeper as parent: to be looked at now and then.
    package internal(set) var orphans: Set<AttemptID> = []
    /// Whether a successor has taken over and no attempt begins here any more.
    package internal(set) var isRetiring = false

    var forgotten = ForgottenAttempts()
    var deadlines = DeadlineQueue()
    var silence: ServerSilence
    var hasContactToNote = false

    private var released: [AttemptID] = []
    private var writes: [JournalEntry] = []
    var needsSync = false
    /// Attempts that have ended by the journals of keepers that live: until `recover`.
    var endedByOthers: Set<AttemptID> = []
    /// Claims on their way to the disk: decided, written, durable.
    private var claimed: [AttemptID] = []
    private var written: [AttemptID] = []
    private var ready: [AttemptID] = []
    private var announcements: [AttemptID] = []

    /// What the shell does next; each is done, or the shell has died, before it asks for the one after it.
    package enum Step: Hashable, Sendable {
        /// Let go of what is held for these attempts while they run.
        case release([AttemptID])
        /// Keep the reading where the next keeper finds it. Where that fails the next one fences too early: the safe side.
        case noteContact(Duration)
        /// Start these commands, and say of each what came of it; then those who wait for the start may hear its status.
        case launch([AttemptID])
        /// Add entries to the journal.
        case write([JournalEntry])
        /// Make durable all that was written; say `synced` when it is.
        case sync
        /// Tell whoever listens how these attempts ended.
        case announce([AttemptID])
    }

    /// Begins with nothing but the last known contact; journals come by `takeIn`, and `recover` ends that.
    ///
    /// `broken` is a rule that this machine does not hold: for the simulation alone.
    package init(bootID: String, contact: Duration = .zero, without broken: KeeperRule? = nil) {
        self.bootID = bootID
        self.broken = broken
        silence = ServerSilence(reading: contact)
    }

    /// Whether it holds a rule.
    func holds(_ rule: KeeperRule) -> Bool { broken != rule }

    /// The status of an attempt; nil: it is not known.
    package func status(of id: AttemptID) -> AttemptStatus? { attempts[id]?.status }

    /// When time alone makes something due; nil: nothing.
    package var soonest: Duration? {
        guard let deadline = deadlines.soonest, let fence = silence.soonest else {
            return deadlines.soonest ?? silence.soonest
        }
        return min(deadline, fence)
    }

    /// All that must be known after a restart.
    package var presentEntries: [JournalEntry] {
        let marks = forgotten.lowWater.map { [JournalEntry.lowWater($0)] } ?? []
        return attempts.values.flatMap(\.entries) + marks + forgotten.ids.map(JournalEntry.forgotten)
    }

    // MARK: - Steps

    /// What is to be done next; nil: all that was decided is durable, and answers may go out.
    package mutating func next() -> Step? {
        if !holds(.tellsWhatIsDurable), let ids = Self.take(&announcements) { return .announce(ids) }
        if let ids = Self.take(&released) { return .release(ids) }
        if hasContactToNote {
            hasContactToNote = false
            return .noteContact(silence.reading)
        }
        if let ids = Self.take(&ready) { return .launch(ids) }
        if let entries = Self.take(&writes) {
            needsSync = needsSync || entries.contains(where: \.mustBeDurable)
            written += claimed
            claimed.removeAll(keepingCapacity: true)
            return .write(entries)
        }
        if needsSync { return .sync }
        return Self.take(&announcements).map(Step.announce)
    }

    /// All that was written is durable.
    package mutating func synced() {
        needsSync = false
        ready += written
        written.removeAll(keepingCapacity: true)
    }

    /// Whether a step is waiting that must not wait for other events.
    package var isWaiting: Bool { needsSync || !ready.isEmpty || !writes.isEmpty }

    private static func take<Element>(_ list: inout [Element]) -> [Element]? {
        guard !list.isEmpty else { return nil }
        defer { list = [] }
        return list
    }

    mutating func write(_ entry: JournalEntry) { writes.append(entry) }

    mutating func launchOnceDurable(_ id: AttemptID) {
        if holds(.startsWhatIsDurable) { claimed.append(id) } else { ready.append(id) }
    }

    // MARK: - Ends

    /// Writes down the end of an attempt; it is told once that is durable.
    mutating func finish(_ id: AttemptID, _ record: ExitRecord) {
        attempts[id]?.state = .ended(record)
        leave(id)
        write(.ended(id, record))
        announcements.append(id)
    }

    /// Writes down that an attempt is gone without a record.
    mutating func lose(_ id: AttemptID, proof: String) {
        let proof = JournalEntry.shortened(proof)
        attempts[id]?.state = .lost(proof: proof)
        leave(id)
        write(.lost(id, proof: proof))
        announcements.append(id)
    }

    /// Writes down that an attempt which was claimed never started.
    mutating func deny(_ id: AttemptID, reason: String) {
        let reason = JournalEntry.shortened(reason)
        attempts[id]?.state = .neverStarted(reason: reason)
        leave(id)
        write(.neverStarted(id, reason: reason))
    }

    private mutating func leave(_ id: AttemptID) {
        liveCount -= 1
        silence.unwatch(id)
        terminating.remove(id)
        orphans.remove(id)
        released.append(id)
    }

    // MARK: - Servers

    /// Takes note that a server has heard a reading of this host's clock.
    package mutating func heard(_ clock: KeeperClock, at now: Duration) {
        guard clock.bootID == bootID else { return }
        if silence.note(min(clock.sinceBoot, now)), !silence.isEmpty { hasContactToNote = true }
    }

    /// Whether some silence may be over, so that what others may have noted of a contact is to be read and passed on first.
    package func isSilenceDue(at now: Duration) -> Bool { silence.soonest.map { now >= $0 } ?? false }

    /// Begins to look after an attempt's fence, if it has one.
    mutating func watchSilence(_ id: AttemptID, _ fence: Duration?) {
        guard let fence else { return }
        if silence.watch(id, fence) { hasContactToNote = true }
    }
}
