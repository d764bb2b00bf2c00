import Core
import Testing

@testable import Simulation

/// Worlds of faults, each drawn from a seed.
struct SimulationTests {
    /// Seeds that once failed, before what they showed was mended.
    private static let formerFailures: [UInt64] = [
        197, 303, 2_641, 7_136, 9_353, 15_964, 16_649, 16_730, 17_088, 34_659, 63_462, 69_498,
    ]

    @Test func `the same seed gives the same history`() {
        for seed in UInt64(1)...100 {
            let (first, second) = (Simulation.play(seed: seed), Simulation.play(seed: seed))
            #expect(first.trace == second.trace)
            #expect(first.steps == second.steps)
        }
        #expect(Set((UInt64(1)...100).map { Simulation.play(seed: $0).trace }).count == 100, "and others others")
    }

    @Test func `in ten thousand worlds no rule is broken, and every rare branch is reached`() async {
        let (failed, rare) = await withTaskGroup(of: ([UInt64], RareCounts).self) { group in
            for part in UInt64(0)..<4 {
                group.addTask { Self.play(part * 2_500 + 1...(part + 1) * 2_500) }
            }
            return await group.reduce(into: ([UInt64](), RareCounts())) {
                $0.0 += $1.0
                $0.1.add($1.1)
            }
        }
        #expect(failed == [], "make simulate SEED=\(failed.first ?? 0) tells what happens")
        #expect(rare.missing == [])
    }

    @Test(arguments: [(peers: 3, seeds: 30), (peers: 30, seeds: 4), (peers: 200, seeds: 1)])
    func `peers share their work, whoever dies, freezes or stops`(peers: Int, seeds: Int) {
        for seed in UInt64(1)...UInt64(seeds) {
            let result = Simulation.play(peers: peers, tasks: peers, seed: seed)
            #expect(result.violation == nil)
            #expect(result.attempts >= 2 * peers)
        }
    }

    @Test func `a thousand peers share one database`() {
        let result = Simulation.play(peers: 1_000, tasks: 500, seed: 1)
        #expect(result.violation == nil)
        #expect(result.attempts >= 1_000)
    }

    private static func play(_ seeds: ClosedRange<UInt64>) -> ([UInt64], RareCounts) {
        var failed: [UInt64] = []
        var rare = RareCounts()
        for seed in seeds {
            let result = Simulation.play(seed: seed)
            rare.add(result.rare)
            if result.violation != nil { failed.append(seed) }
        }
        return (failed, rare)
    }

    @Test(arguments: formerFailures)
    func `what failed once goes well`(seed: UInt64) {
        #expect(Simulation.play(seed: seed).violation == nil)
    }

    @Test(arguments: Mutation.allCases)
    func `a rule that is broken on purpose is noticed`(mutation: Mutation) {
        let found = (UInt64(1)...4_000).lazy.compactMap { Simulation.play(seed: $0, mutation: mutation).violation }
            .first
        #expect(found != nil)
    }

    @Test func `each rule of a keeper is broken once`() {
        let broken = Mutation.allCases.compactMap(\.keeperRule)
        #expect(Set(broken) == Set(KeeperRule.allCases))
        #expect(broken.count == KeeperRule.allCases.count)
    }

    @Test func `a failing scenario is shrunk to what it needs`() throws {
        let seeds = (UInt64(1)...500).lazy.compactMap { seed in
            Simulation.play(seed: seed, mutation: .endsBeforeGone).violation.map { (seed, $0.rule) }
        }
        let (seed, rule) = try #require(seeds.first)
        let scenario = Scenario(seed: seed)
        let small = Shrinker.shrink(scenario, breaking: rule, mutation: .endsBeforeGone)
        #expect(Simulation.play(small, mutation: .endsBeforeGone).violation?.rule == rule)
        #expect(Self.size(small) < Self.size(scenario))
        let story = try #require(Shrinker.story(ofSeed: seed, mutation: .endsBeforeGone))
        #expect(story.last?.contains(rule.rawValue) ?? false)
    }

    private static func size(_ scenario: Scenario) -> Int {
        scenario.dags.map(\.tasks.count).reduce(scenario.servers + scenario.faults.count + scenario.words.count, +)
    }
}
