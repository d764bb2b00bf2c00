import Core
import Glibc
import TestKit
import Testing

/// Servers that are killed and frozen at random while runs come and go, and what must hold afterwards.
///
/// The short form is part of every test run; `make chaos` lets it go on, and says for how long and with which seed.
struct ChaosTests {
    @Test func `the table of what must hold names each query, and tests that there are`() throws {
        let page = try #require(SourceTree.text("docs/architecture.md"))
        let section = try #require(page.split(separator: "\n## ").first { $0.hasPrefix("What must hold, ") })
        let rows = section.split(separator: "\n").filter { $0.first == "|" && $0.contains { $0.isNumber } }
        #expect(rows.count { $0.hasPrefix("| ") } == 48)
        /// What stands between two marks of a sort.
        func texts(between mark: Character) -> [String] {
            rows.flatMap { row in
                row.split(separator: mark, omittingEmptySubsequences: false).enumerated()
                    .filter { $0.offset % 2 == 1 }.map { String($0.element) }
            }
        }
        #expect(Set(texts(between: "*")) == Set(Invariant.all.map(\.claim)))
        let tests = SourceTree.files(in: "Tests").map { SourceTree.text($0) ?? "" }.joined()
        for name in texts(between: "`") where name.contains(" ") {
            #expect(tests.contains("func `\(name)`"), "'\(name)' is no test")
        }
    }

    @Test func `two servers are killed and frozen at random, and nothing is lost, doubled or untrue`() async throws {
        let plan = ChaosPlan.fromEnvironment
        try await PrivateServer.shared().withDatabase { database in
            try await Station.with { station in
                let chaos = try Chaos(station: station, database: database, plan: plan)
                try await chaos.begin()
                try await chaos.rage()
                try await chaos.settle()
                let report = try await chaos.judge()
                print("chaos: \(report.summary)")
                for (claim, violations) in report.violations { Issue.record("\(claim): \(violations) (\(plan))") }
                #expect(report.runs >= plan.runs && report.attempts > report.runs)
                if report.violations.isEmpty { #expect(try await chaos.blindInvariants() == []) }
            }
        }
    }
}

/// How long it goes on.
struct ChaosPlan: Sendable, CustomStringConvertible {
    var seconds = 20
    /// How many runs are triggered, beside those of a schedule.
    var runs = 60
    var seed: UInt64 = 1

    /// What the environment says, as `make chaos` sets it.
    static var fromEnvironment: ChaosPlan {
        func number(_ name: String) -> UInt64? { unsafe getenv(name).flatMap { UInt64(unsafe String(cString: $0)) } }
        var plan = ChaosPlan()
        if let seconds = number("ROTA_CHAOS_SECONDS") { plan.seconds = Int(seconds) }
        if let runs = number("ROTA_CHAOS_RUNS") { plan.runs = Int(runs) }
        if let seed = number("ROTA_CHAOS_SEED") { plan.seed = seed }
        return plan
    }

    var description: String { "seed \(seed), \(seconds) s, \(runs) runs" }
}

/// What was found in the end.
struct ChaosReport: Sendable {
    var runs: Int
    var attempts: Int
    var kills: Int
    var freezes: Int
    var violations: [(claim: String, found: [String])]

    var summary: String {
        "\(runs) runs, \(attempts) attempts, \(kills) kills, \(freezes) freezes; \(Invariant.all.count) invariants, "
            + "\(violations.count) broken"
    }
}
