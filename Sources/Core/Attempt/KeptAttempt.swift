/// One attempt as its host's keeper knows it.
package struct KeptAttempt: Hashable, Sendable {
    package let id: AttemptID
    package let claim: JournalEntry.Claim
    /// Its process; nil until it has one, or where a keeper died before it could note it.
    package internal(set) var start: JournalEntry.Start?
    package internal(set) var state: State
    /// Set once a keeper has begun to end it.
    package internal(set) var termination: Termination?
    /// How its own process ended, while others of the attempt may still be there.
    package internal(set) var exit: Exit?
    /// Whether the journal knows of it.
    var isNoted = true

    /// Where an attempt is.
    package enum State: Hashable, Sendable {
        /// Its folder was made and it starts once the journal says so; goes to running, ended or never started.
        case claimed
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
    package enum Parentage: Hashable, Sendable {
        /// This keeper: it is the parent.
        case own
        /// Nobody: its keeper died.
        case orphan
        /// An older keeper, which lives on until its attempts have ended.
        case foreign
    }

    /// How a keeper goes about ending it.
    package struct Termination: Hashable, Sendable {
        /// Why, and when KILL follows.
        package internal(set) var mark: EndingMark
        /// Whether TERM was sent.
        package internal(set) var hasSentTerm = false
        /// Whether KILL was sent.
        package internal(set) var hasSentKill = false
        /// How often in a row nothing of it was found.
        var emptyLooks = 0
    }

    /// The end of the command's own process.
    package struct Exit: Hashable, Sendable {
        package var ending: ExitRecord.Ending
        package var at: Moment
        package var processorTime: Duration?
        package var peakMemory: Int64?

        /// Joins the facts; what is not known is nil.
        package init(
            ending: ExitRecord.Ending,
            at: Moment,
            processorTime: Duration? = nil,
            peakMemory: Int64? = nil
        ) {
            self.ending = ending
            self.at = at
            self.processorTime = processorTime
            self.peakMemory = peakMemory
        }
    }

    init(id: AttemptID, claim: JournalEntry.Claim, state: State) {
        self.id = id
        self.claim = claim
        self.state = state
    }

    /// One of which nothing but its end is known.
    init(id: AttemptID, state: State) {
        let claim = JournalEntry.Claim(bootID: "", claimedAt: .epoch, timeout: nil, grace: .zero)
        self.init(id: id, claim: claim, state: state)
    }

    /// What is told to those who ask.
    package var status: AttemptStatus {
        switch state {
        case .claimed: .running(StartRecord(processID: 0, startedAt: claim.claimedAt))
        case .running: .running(start?.record ?? StartRecord(processID: 0, startedAt: claim.claimedAt))
        case .ended(let record): .ended(record)
        case .lost(let proof): .lost(proof: proof)
        case .neverStarted(let reason): .neverStarted(reason: reason)
        }
    }

    /// Whether nothing more will become of it.
    package var isOver: Bool {
        switch state {
        case .claimed, .running: false
        case .ended, .lost, .neverStarted: true
        }
    }

    /// Whether its command runs, and whose child it is.
    package var parentage: Parentage? {
        if case .running(let parentage) = state { parentage } else { nil }
    }

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
