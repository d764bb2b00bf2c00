/// What a runner knows of one attempt.
package enum AttemptStatus: Hashable, Sendable {
    /// It never started and never will: a tombstone stands where its folder would be.
    case neverStarted(reason: String)
    /// Its command runs.
    case running(StartRecord)
    /// Its command ended and its exit record is durable.
    case ended(ExitRecord)
    /// Its command is gone and no exit record tells how; `proof` says how that is known.
    case lost(proof: String)
}

/// The answer to a start order.
package enum StartAnswer: Hashable, Sendable {
    /// It runs now, because of this order or of an earlier one with the same identity, or has already ended.
    case status(AttemptStatus)
    /// It was refused before anything was made, so the same order may be given elsewhere; the sentence says why.
    case refused(reason: String)
}

/// The beginning of an attempt, as its runner saw it.
package struct StartRecord: Hashable, Sendable {
    /// The command's process, which leads its own session and group.
    package var processID: Int32
    /// When it started, by the runner's clock.
    package var startedAt: Timestamp

    /// Joins the two facts.
    package init(processID: Int32, startedAt: Timestamp) {
        self.processID = processID
        self.startedAt = startedAt
    }
}

/// The end of an attempt, as its runner made it durable.
package struct ExitRecord: Hashable, Sendable {
    /// How the command's process ended.
    package var ending: Ending
    /// Why it ended, where the runner had a hand in it.
    package var cause: Cause
    /// When it started and ended, by the runner's clock.
    package var startedAt: Timestamp
    package var endedAt: Timestamp
    /// How long it took by the monotonic clock, which no step of the clock can falsify.
    package var duration: Duration
    /// Processor time of the command and its waited-for children; nil where the carrier cannot know it.
    package var processorTime: Duration?
    /// Largest resident size in bytes of one of its processes; nil where the carrier cannot know it.
    package var peakMemory: Int64?
    /// Length of the log file in bytes at the end.
    package var logBytes: Int64
    /// A sentence for the page, where there is more to say, such as "left 2 processes behind".
    package var note: String?
    /// Whether the system ended it, or a process of it, because memory ran out.
    package var isOutOfMemory: Bool

    /// How a process ended.
    package enum Ending: Hashable, Sendable {
        /// By itself, with this code, 0 to 255.
        case exited(Int32)
        /// By this signal.
        case signalled(Int32)
        /// The command could not be started at all: no such interpreter, folder or permission.
        case notStarted(reason: String)
    }

    /// What brought the end about.
    package enum Cause: String, Hashable, Sendable {
        /// The command itself.
        case itself
        /// The runner, because the order's timeout had passed.
        case timedOut = "timed_out"
        /// The runner, because it was told to cancel.
        case cancelled
        /// The runner, because it had heard of no server for as long as the order allows.
        case fenced
    }

    /// Makes a record; what a carrier cannot know is nil.
    package init(
        ending: Ending,
        cause: Cause = .itself,
        startedAt: Timestamp,
        endedAt: Timestamp,
        duration: Duration,
        processorTime: Duration? = nil,
        peakMemory: Int64? = nil,
        logBytes: Int64,
        note: String? = nil,
        isOutOfMemory: Bool = false
    ) {
        self.ending = ending
        self.cause = cause
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.duration = duration
        self.processorTime = processorTime
        self.peakMemory = peakMemory
        self.logBytes = logBytes
        self.note = note
        self.isOutOfMemory = isOutOfMemory
    }
}
