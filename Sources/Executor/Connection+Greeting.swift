import Core
import Postgres
import Runner
import Store

extension Connection {
    /// The other host that lives with the state directory of one that greets; nil: there is none, or it does not tell when
    /// it started.
    func copy(of greeting: RunnerGreeting) throws -> HostCopy? {
        guard let age = greeting.bootAge else { return nil }
        let identity = greeting.identity
        return try copy(
            of: identity.hostName,
            directoryID: identity.directoryID,
            bootID: identity.bootID,
            bootAge: age
        )
    }
}
