import Core
import Postgres
import Runner
import Store

extension Connection {
    /// The other host that lives with the state directory of one that greets and has run for so long; nil: there is none.
    func copy(of greeting: RunnerGreeting, bootAge age: Duration) throws -> HostCopy? {
        let identity = greeting.identity
        return try copy(
            of: identity.hostName,
            directoryID: identity.directoryID,
            bootID: identity.bootID,
            bootAge: age
        )
    }
}
