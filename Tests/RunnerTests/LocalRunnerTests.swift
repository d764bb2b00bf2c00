import Core
import Runner
import Testing

struct LocalRunnerTests {
    @Test(arguments: RunnerClaim.allCases)
    func `the local runner keeps every promise`(_ claim: RunnerClaim) async throws {
        let fixture = LocalFixture()
        try await claim.check(fixture.runner, folder: fixture.folder)
    }
}
