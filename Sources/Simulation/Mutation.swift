import Core

/// A rule of the product that is broken on purpose, to see that the checks notice.
package enum Mutation: String, CaseIterable, Sendable {
    /// A claim takes what it saw, whether or not somebody else has taken it meanwhile.
    case claimsUnguarded
    /// A claim counts slots in the statement that locks, so it counts what it saw before it waited.
    case countsTooEarly
    /// A claim does not look whether its server still has the lease.
    case claimsWithoutLease
    /// What a seat has learned of its runner is written although its server has lost the lease.
    case writesWithoutLease
    /// An attempt's end is written although it has ended already.
    case endsTwice
    /// That an attempt runs is written although it has ended already.
    case runsUnguarded
    /// An order whose answer was lost is given up without asking, and the task tried again.
    case givesUpUnasked
    /// What does not answer is taken for lost.
    case losesBySilence
    /// A server gives back a lease that another has taken over.
    case releasesAnyLease
    /// Ticks are decided from the cursor that was seen before the DAG was locked.
    case ticksWithoutGuard
    /// Runs start whatever `max_active_runs` says.
    case runsWithoutLimit
    /// Retries are not counted.
    case retriesAreFree
    /// Clearing leaves what is queued in the queue.
    case clearLeavesQueued
    /// A runner starts an order whose folder exists.
    case startsAgain
    /// A runner starts an order whose attempt ended long ago and was forgotten.
    case startsForgotten
    /// A runner starts what it had refused for want of space.
    case startsRefused
    /// A runner starts a command before its claim is durable.
    case startsBeforeDurable
    /// A runner that is asked about an order leaves no tombstone.
    case buriesNothing
    /// A runner says that an attempt was ended once it has sent the signal.
    case endsBeforeGone
    /// A runner takes what has lost its keeper for lost while it runs.
    case losesTheLiving
    /// A runner says that an attempt never started because no process of it was noted.
    case deniesUnnotedStarts
    /// A runner never sends KILL.
    case neverKills
    /// A runner tells of ends before they are durable.
    case tellsBeforeDurable
    /// A keeper trusts that what a dead one wrote is durable.
    case trustsFoundJournals
    /// A session follows attempts that were given to another disk, and asks this one about them.
    case asksOtherDisk
    /// Nobody looks at the queue but when told to.
    case neverPolls
    /// A keeper ends nothing however long no server is heard of.
    case fencesNothing
    /// A keeper starts orders that come when their silence is over.
    case startsLateOrders
    /// A silence is measured by the database's clock, which may be set.
    case believesTheClock
    /// A new session does not ask about the attempts that are there.
    case neverAsks

    /// The rule that keepers do without; nil: it is another's.
    var keeperRule: KeeperRule? {
        switch self {
        case .startsAgain: .startsOnce
        case .startsForgotten: .remembersForgotten
        case .startsRefused: .barsWhatIsRefused
        case .startsBeforeDurable: .startsWhatIsDurable
        case .startsLateOrders: .refusesLateOrders
        case .buriesNothing: .barsWhatIsAsked
        case .endsBeforeGone: .endsWhatIsEmpty
        case .tellsBeforeDurable: .tellsWhatIsDurable
        case .trustsFoundJournals: .syncsWhatItFinds
        case .losesTheLiving: .losesWithProof
        case .deniesUnnotedStarts: .doubtsUnnotedStarts
        case .neverKills: .killsAfterGrace
        case .fencesNothing: .fencesSilence
        default: nil
        }
    }
}
