/// The rules that `KeeperMachine` holds, by name.
///
/// A machine can be made without one of them: for the simulation alone, which has to notice.
package enum KeeperRule: String, CaseIterable, Sendable {
    /// An order of an identity that is known, or of which there is a folder with a log, starts nothing.
    case startsOnce
    /// An order of an identity that was forgotten starts nothing.
    case remembersForgotten
    /// An order whose silence is over starts nothing: its attempt may be given up by now.
    case refusesLateOrders
    /// Who asks about an order that did not come bars its way.
    case barsWhatIsAsked
    /// An order that was refused for want of space stays refused.
    case barsWhatIsRefused
    /// A command starts only after the claim is durable.
    case startsWhatIsDurable
    /// Only what is durable is told.
    case tellsWhatIsDurable
    /// What a dead keeper wrote is made durable before anything follows from it.
    case syncsWhatItFinds
    /// What is being ended is over once nothing of it is left.
    case endsWhatIsEmpty
    /// TERM is followed by KILL.
    case killsAfterGrace
    /// An attempt with a fence ends when no server was heard of for so long.
    case fencesSilence
    /// What has lost its keeper is lost once its lock is free and nothing of it is left.
    case losesWithProof
    /// A claim with a log may have started, whether or not a process was noted.
    case doubtsUnnotedStarts
}
