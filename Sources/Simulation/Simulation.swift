import Core

/// Plays worlds.
package enum Simulation {
    /// What became of a world.
    package struct Result: Sendable {
        package let seed: UInt64
        /// Nil: all went well.
        package let violation: Violation?
        /// A number for everything that happened, in its order.
        package let trace: UInt64
        package let steps: Int
        /// In simulated milliseconds.
        package let time: Int
        package let faults: Int
        package let attempts: Int
        package let runs: Int
        package let rare: RareCounts
    }

    /// Plays the scenario of a seed.
    package static func play(seed: UInt64, mutation: Mutation? = nil) -> Result {
        play(Scenario(seed: seed), mutation: mutation)
    }

    /// Plays a cluster of equals, each with a runner of its own, that share two mapped tasks of so many instances each.
    package static func play(peers: Int, tasks: Int, seed: UInt64) -> Result {
        play(Scenario(peers: peers, tasks: tasks, seed: seed))
    }

    /// Plays a scenario and tells all that happened.
    static func history(of scenario: Scenario, mutation: Mutation? = nil) -> [String] {
        do throws(TopologyError) {
            let world = try World(scenario, mutation: mutation, keepsHistory: true)
            world.play()
            return (world.history ?? []) + [world.violation.map { "\($0)" } ?? "all went well"]
        } catch {
            preconditionFailure("a drawn DAG is no graph: \(error)")
        }
    }

    /// What happens in the world of a seed, and its history.
    package static func story(ofSeed seed: UInt64, mutation: Mutation? = nil) -> [String] {
        let scenario = Scenario(seed: seed)
        return ["\(scenario)"] + history(of: scenario, mutation: mutation)
    }

    /// Plays a scenario.
    static func play(_ scenario: Scenario, mutation: Mutation? = nil) -> Result {
        do throws(TopologyError) {
            let world = try World(scenario, mutation: mutation)
            world.play()
            return Result(
                seed: scenario.seed,
                violation: world.violation,
                trace: world.trace,
                steps: world.steps,
                time: world.now,
                faults: scenario.faults.count,
                attempts: world.store.attempts.count,
                runs: world.store.runs.count,
                rare: world.rare
            )
        } catch {
            preconditionFailure("a drawn DAG is no graph: \(error)")
        }
    }
}
