import AttemptProtocol
import Core

/// One attempt as this keeper knows it.
final class Attempt {
    let id: AttemptID
    let claim: JournalEntry.Claim
    /// Its process; nil until it has one, or where a keeper died before it could note it.
    var start: JournalEntry.Start?
    var state: State
    /// Set once the keeper has begun to end it.
    var termination: Termination?
    /// How its own process ended, while others of the attempt are still being ended.
    var mainExit: MainExit?
    /// What is not as its limits ask for, in words.
    var limitNote: String?
    /// Whether it has a group of its own in the cgroup tree.
    var hasGroup = false
    /// Up to here the middle of its log was given back to the disk.
    var trimmedTo: Int64 = 0
    /// How many processes of this host had been ended for lack of memory before it started; nil: not known.
    var hostKillsBefore: Int?

    /// Where an attempt is.
    enum State {
        /// Its folder was made and it starts once the journal says so; goes to running or ended.
        case claimed(StartOrder)
        /// Its command runs; goes to ended or lost.
        case running(Parentage)
        /// It ended. Final.
        case ended(ExitRecord)
        /// It is gone without a record. Final.
        case lost(proof: String)
        /// It never started. Final.
        case neverStarted(reason: String)
    }

    /// Who will learn how the command ends.
    enum Parentage {
        /// This keeper: it is the parent.
        case own
        /// Nobody: its keeper died.
        case orphan
        /// An older keeper, which lives on until its attempts have ended.
        case foreign
    }

    /// How the keeper goes about ending it.
    struct Termination {
        /// Why.
        var cause: ExitRecord.Cause
        /// When KILL follows, by the clock that counts from the boot.
        var killAt: Duration
        /// Whether TERM was sent.
        var hasSentTerm = false
        /// Whether KILL was sent.
        var hasSentKill = false
        /// How often in a row nothing of it was found.
        var emptyLooks = 0
    }

    /// The end of the command's own process.
    struct MainExit {
        var ending: ExitRecord.Ending
        var at: Moment
        var processorTime: Duration
        var peakMemory: Int64
    }

    init(id: AttemptID, claim: JournalEntry.Claim, state: State) {
        self.id = id
        self.claim = claim
        self.state = state
    }

    /// What is told to those who ask.
    var status: AttemptStatus {
        switch state {
        case .claimed: .running(StartRecord(processID: 0, startedAt: claim.claimedAt))
        case .running: .running(start?.record ?? StartRecord(processID: 0, startedAt: claim.claimedAt))
        case .ended(let record): .ended(record)
        case .lost(let proof): .lost(proof: proof)
        case .neverStarted(let reason): .neverStarted(reason: reason)
        }
    }

    /// Whether nothing more will become of it.
    var isOver: Bool {
        switch state {
        case .claimed, .running: false
        case .ended, .lost, .neverStarted: true
        }
    }

    /// Whether its command runs, and whose child it is.
    var parentage: Parentage? {
        if case .running(let parentage) = state { parentage } else { nil }
    }

    /// The mark that all processes of the attempt carry.
    var tag: UInt64 { ProcessTag.value(for: id) }

    /// The entries that say in a journal all that is known of it.
    var entries: [JournalEntry] {
        switch state {
        case .claimed: [.claimed(id, claim)]
        case .running: [.claimed(id, claim)] + (start.map { [.started(id, $0)] } ?? [])
        case .ended(let record): [.ended(id, record)]
        case .lost(let proof): [.lost(id, proof: proof)]
        case .neverStarted(let reason): [.neverStarted(id, reason: reason)]
        }
    }
}
