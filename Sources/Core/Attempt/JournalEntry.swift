/// One fact in a keeper's journal; a later one about the same attempt adds to the earlier ones or replaces them.
package enum JournalEntry: Hashable, Sendable {
    /// The attempt's folder was made and it is about to start.
    case claimed(AttemptID, Claim)
    /// Its process was started.
    case started(AttemptID, Start)
    /// It ended.
    case ended(AttemptID, ExitRecord)
    /// It is gone and nothing tells how it ended.
    case lost(AttemptID, proof: String)
    /// It never started and never will.
    case neverStarted(AttemptID, reason: String)
    /// Its folder was removed; its order is refused for ever.
    case forgotten(AttemptID)
    /// Orders of this identity and of all earlier ones are refused unless the attempt is listed here.
    case lowWater(AttemptID)

    /// What must be known of an attempt to keep its time over the death of its keeper.
    package struct Claim: Hashable, Sendable {
        /// The boot in which it was made.
        package var bootID: String
        /// When it was made.
        package var claimedAt: Timestamp
        /// The order's timeout.
        package var timeout: Duration?
        /// The order's grace.
        package var grace: Duration
        /// After how long a silence of servers it is ended; nil: never.
        package var fence: Duration?
        /// The order's cap of the log.
        package var logCap: LogCap?

        /// Joins the facts.
        package init(
            bootID: String,
            claimedAt: Timestamp,
            timeout: Duration?,
            grace: Duration,
            fence: Duration? = nil,
            logCap: LogCap? = nil
        ) {
            self.bootID = bootID
            self.claimedAt = claimedAt
            self.timeout = timeout
            self.grace = grace
            self.fence = fence
            self.logCap = logCap
        }
    }

    /// Which process it is and when it started.
    package struct Start: Hashable, Sendable {
        /// The process, and when by the wall clock it started.
        package var record: StartRecord
        /// When it started in the system's own count of hundredths of a second since the boot, at the earliest and at
        /// the latest: it tells the process from a later one of the same number.
        package var ticks: ClosedRange<UInt64>
        /// When it started by the clock that counts from the boot.
        package var sinceBoot: Duration

        /// Joins the facts.
        package init(record: StartRecord, ticks: ClosedRange<UInt64>, sinceBoot: Duration) {
            self.record = record
            self.ticks = ticks
            self.sinceBoot = sinceBoot
        }
    }

    /// The attempt that the entry is about.
    package var id: AttemptID {
        switch self {
        case .claimed(let id, _), .started(let id, _), .ended(let id, _), .lost(let id, _), .neverStarted(let id, _),
            .forgotten(let id), .lowWater(let id):
            id
        }
    }

    /// Whether it must be durable before anything follows from it.
    ///
    /// The others may be lost with their host: another boot is proof enough, and what was forgotten is over.
    package var mustBeDurable: Bool {
        switch self {
        case .claimed, .ended, .lost, .neverStarted: true
        case .started, .forgotten, .lowWater: false
        }
    }

    /// A sentence that fits the space which a journal keeps free for each attempt.
    package static func shortened(_ sentence: String) -> String {
        let limit = 1000
        guard sentence.utf8.count > limit else { return sentence }
        return String(decoding: sentence.utf8.prefix(limit), as: UTF8.self) + "…"
    }
}
