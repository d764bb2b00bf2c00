import AttemptProtocol
import Core

extension RunnerGreeting {
    /// What a keeper's answer says.
    init(_ keeper: KeeperIdentity) {
        self.init(
            identity: RunnerIdentity(
                directoryID: keeper.directoryID,
                bootID: keeper.bootID,
                hostName: keeper.hostName,
                version: keeper.version
            ),
            clock: keeper.sinceBoot.map { KeeperClock(bootID: keeper.bootID, sinceBoot: $0) },
            bootAge: keeper.bootAge
        )
    }
}
