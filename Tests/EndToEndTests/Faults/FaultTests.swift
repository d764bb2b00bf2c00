import Core
import Glibc
import TestKit
import Testing

/// The faults of the matrix, done one after another to a fleet on this host, and then by chance.
///
/// It takes the whole machine for minutes, so `make test` does it after all other tests, in a short form: those faults
/// that are noticed soon, and two rounds by chance. `make chaos` does each fault for as long as it takes to be noticed,
/// and then many by chance; `FAULT=F07` does one.
@Suite(.serialized) struct FaultTests {
    private static let plan = FaultPlan.fromEnvironment

    @Test func `each row of the matrix is shown by a test or a round`() {
        let claims = SourceTree.files(in: "Tests").map { SourceTree.text($0) ?? "" }.joined()
        let rounds = Set(Fault.all.map(\.row))
        for row in FaultMatrix.rows {
            #expect(rounds.contains(row.name) || !row.shownBy.isEmpty, "nothing shows \(row.name): \(row.fault)")
            for claim in row.shownBy {
                #expect(
                    claims.contains("func `\(claim)`"),
                    "\(row.name) is to be shown by '\(claim)', which is no test"
                )
            }
        }
        let names = FaultMatrix.rows.map(\.name)
        #expect(rounds.isSubset(of: names))
        let wanted = Array(1...15) + Array(27...42) + Array(49...53) + [59, 62, 64, 65]
        #expect(names == wanted.map { "F" + ($0 < 10 ? "0" : "") + "\($0)" })
    }

    @Test(arguments: WatchedStatement.allCases) func `a fault waits for what servers execute`(
        _ statement: WatchedStatement
    ) {
        let sources = ["Sources/Store", "Sources/Postgres"].flatMap { SourceTree.files(in: $0) }
        #expect(sources.contains { SourceTree.text($0)?.contains("name: \"\(statement.rawValue)\"") ?? false })
    }

    @Test(.enabled(if: plan.isAsked, "it is done when nothing else is"))
    func `whatever is done to servers, runners and lines, tasks run once and what is said of them is true`()
        async throws
    {
        let plan = Self.plan
        let faults = Fault.all.filter { fault in
            if let name = plan.fault { fault.row == name } else { !plan.isShort || fault.isSoon }
        }
        guard !faults.isEmpty else {
            let row = FaultMatrix.rows.first { $0.name == plan.fault }
            #expect(row != nil, "no fault is called so: \(plan)")
            print("\(plan.fault ?? ""): \(row?.fault ?? "") is shown by tests: \(row?.shownBy ?? [])")
            return
        }
        let rounds = plan.fault == nil ? plan.rounds : 0
        var steps = faults.map { fault in Step(name: fault.description) { fleet in try await fault.strike(fleet) } }
        steps += (0..<rounds).map { number in
            let seed = plan.seed &+ UInt64(number)
            let blows = Blow.some(of: seed)
            let titles = blows.map(\.title).joined(separator: "; ")
            return Step(name: "round \(number + 1), repeated by ROUNDS=1 SEED=\(seed): \(titles)") { fleet in
                try await fleet.rage(blows, seed: seed)
            }
        }
        // What comes after a breach would only be found guilty of the same, so a fleet that has one is given up.
        while !steps.isEmpty {
            try await FaultStation.with(isShort: plan.isShort) { fleet in
                var isHealthy = true
                while isHealthy, !steps.isEmpty {
                    let step = steps.removeFirst()
                    let begun = ContinuousClock.now
                    isHealthy = await Self.round(step.name, fleet) { try await step.strike(fleet) }
                    let took = Int((ContinuousClock.now - begun) / .milliseconds(100))
                    print("\(step.name): \(Double(took) / 10) s, \(fleet.testimony.starts) attempts so far")
                    // Whoever reads it from a pipe wants to see how far it is.
                    fflush(nil)
                }
            }
        }
    }

    /// A fault, or a round of several.
    private struct Step {
        let name: String
        let strike: (FaultStation) async throws -> Void
    }

    /// Does something to a fleet, lets all end, and says whether everything holds.
    private static func round(
        _ name: String,
        _ fleet: FaultStation,
        _ strike: () async throws -> Void
    ) async -> Bool {
        do {
            try await fleet.unpause()
            try await strike()
            try await fleet.settle()
            let violations = try await fleet.verdict()
            for (claim, found) in violations { Issue.record("\(name)\nagainst: \(claim): \(found)") }
            return violations.isEmpty
        } catch {
            Issue.record("\(name)\n\(error)\n\(await fleet.lastWords())")
            return false
        }
    }

    @Test func `all servers are away for two hours, and each tick has its run`() async throws {
        try await Station.with { station in
            let clock = try MovableClock(file: station.folder + "/clock")
            let noon = 1_772_366_400
            try clock.set(to: noon)
            try station.write(
                "minutes.yaml",
                "schedule: {cron: \"* * * * *\", catchup: all}\nmax_active_runs: 200\ntasks: {nothing: {}}\n"
            )
            try await PrivateServer.with(clock: clock) { database in
                func serve(_ name: String) async throws -> Program {
                    try await station.start(
                        [
                            "serve", "--data", "\(station.data)-\(name)", "--dags", station.dags, "--listen",
                            "127.0.0.1:0", "--runner-name", name,
                        ],
                        environment: ["DATABASE_URL": database.address(database: "postgres")]
                    )
                }
                let servers = [try await serve("a"), try await serve("b")]
                try await eventually("the DAG") { try await database.ask("SELECT count(*) FROM dag") == ["1"] }
                for server in servers { server.signal(SIGKILL) }
                for server in servers { _ = try await server.result() }
                try clock.set(to: noon + 7_230)
                for name in ["a", "b"] { _ = try await serve(name) }
                try await eventually("120 runs that succeeded") {
                    try await database.ask("SELECT count(*) FROM dag_run WHERE state = 'success'") == ["120"]
                }
                let ledger = try await database.ask(
                    """
                    SELECT count(*), count(DISTINCT tick_at), count(DISTINCT run_id), min(extract(epoch FROM tick_at))::bigint,
                        max(extract(epoch FROM tick_at))::bigint FROM tick WHERE decision = 'created'
                    """
                )
                #expect(ledger == ["120|120|120|\(noon + 60)|\(noon + 7_200)"])
            }
        }
    }
}

/// Which faults are done, and how many rounds by chance follow.
struct FaultPlan: Sendable, CustomStringConvertible {
    var isShort = true
    var fault: String?
    var rounds = 2
    var seed: UInt64 = 1

    /// Whether somebody asks for faults at all.
    var isAsked = false

    /// What the environment says, as `make test` and `make chaos` set it.
    static var fromEnvironment: FaultPlan {
        func text(_ name: String) -> String? {
            unsafe getenv(name).map { unsafe String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        var plan = FaultPlan()
        if let rounds = text("ROTA_FAULT_ROUNDS").flatMap({ Int($0) }) { (plan.isShort, plan.rounds) = (false, rounds) }
        if let seed = text("ROTA_CHAOS_SEED").flatMap({ UInt64($0) }) { plan.seed = seed }
        if let fault = text("ROTA_FAULT") { plan.fault = fault }
        plan.isAsked = !plan.isShort || plan.fault != nil || text("ROTA_FAULTS") == "short"
        return plan
    }

    var description: String { "\(fault ?? "all faults"), \(rounds) rounds, seed \(seed)" }
}
