package import Core
import Postgres
package import Runner
package import Store

/// What the database knows of runners that joined.
package struct StoredRegistry: RunnerRegistry {
    private let store: Store

    /// Reads and writes a database.
    package init(store: Store) {
        self.store = store
    }

    package func join(_ request: JoinRequest, token: String) async throws(RunnerError) {
        let candidate = RunnerCandidate(
            name: request.name,
            labels: request.labels,
            slots: request.slots,
            directoryID: request.directoryID,
            credential: request.credential
        )
        let outcome = try await ask { try await $0.transaction { try $0.join(candidate, token: token) } }
        switch outcome {
        case .joined: return
        case .unknownToken: throw refused("the join token is wrong, or was revoked")
        case .expiredToken: throw refused("the join token has expired. `rota runners token create` makes another")
        case .usedUpToken:
            throw refused(
                "as many hosts have joined with the token as it allows. `rota runners token create` makes another"
            )
        case .nameTaken:
            throw unable(
                "there is a runner '\(request.name)' that rota.yaml names, or a server's own. Choose another --name"
            )
        case .otherHost:
            throw unable(
                "another host, or another state directory, has joined as '\(request.name)'. Choose another --name; or, if that "
                    + "one is gone for good, say `rota runners remove \(request.name)` first"
            )
        case .otherName(let name):
            throw unable(
                "its state directory has joined as '\(name)'. A copy of that host needs a state directory of its own: remove "
                    + "this one, or give another with --state. To give the host itself another name, say "
                    + "`rota runners remove \(name)` first"
            )
        }
    }

    package func directory(of runner: String, credential: String) async throws(RunnerError) -> String? {
        try await ask { try await $0.joinedDirectory(runner: runner, credential: credential) }
    }

    package func copy(of greeting: RunnerGreeting) async throws(RunnerError) -> HostCopy? {
        guard let age = greeting.bootAge else { return nil }
        return try await ask { try await $0.transaction { try $0.copy(of: greeting, bootAge: age) } }
    }

    package func note(_ copy: HostCopy, of runner: String) async throws(RunnerError) {
        try await ask { try await $0.transaction { try $0.noteCopy(ofRunner: runner, reason: copy.description) } }
    }

    private func ask<R: Sendable>(_ body: (Store) async throws -> R) async throws(RunnerError) -> R {
        do {
            return try await body(store)
        } catch {
            throw .unreachable(runner: "", reason: "the server's database does not answer: \(error)")
        }
    }

    private func refused(_ reason: String) -> RunnerError { .notAuthorised(runner: "", reason: reason) }
    private func unable(_ reason: String) -> RunnerError { .unable(runner: "", reason: reason) }
}
