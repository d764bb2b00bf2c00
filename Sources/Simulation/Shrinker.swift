import Core

/// Takes away from a scenario that fails what it can do without.
package enum Shrinker {
    /// Finds a smaller world that breaks the same rule as a seed's; nil: all goes well with that seed.
    package static func story(ofSeed seed: UInt64, mutation: Mutation? = nil) -> [String]? {
        let scenario = Scenario(seed: seed)
        guard let violation = Simulation.play(scenario, mutation: mutation).violation else { return nil }
        let small = shrink(scenario, breaking: violation.rule, mutation: mutation)
        return ["\(small)"] + Simulation.history(of: small, mutation: mutation)
    }

    /// Tries one way of making it smaller after the other, until none keeps the failure.
    static func shrink(_ scenario: Scenario, breaking rule: Rule, mutation: Mutation?) -> Scenario {
        var best = scenario
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            for candidate in smaller(best) {
                guard Simulation.play(candidate, mutation: mutation).violation?.rule == rule else { continue }
                best = candidate
                isSmaller = true
                break
            }
        }
        return best
    }

    /// Scenarios from which one thing is taken away, the largest first.
    private static func smaller(_ scenario: Scenario) -> [Scenario] {
        var found: [Scenario] = []
        func offer(_ change: (inout Scenario) -> Void) {
            var candidate = scenario
            change(&candidate)
            found.append(candidate)
        }
        if scenario.dags.count > 1 { offer { $0.dags.removeLast() } }
        if scenario.noise != Scenario.Noise() { offer { $0.noise = Scenario.Noise() } }
        for part in [\Scenario.Noise.lost, \.doubled, \.slow, \.aborted, \.unacknowledged, \.wakeUpsLost, \.deaths] {
            if scenario.noise[keyPath: part] > 0 { offer { $0.noise[keyPath: part] = 0 } }
        }
        if scenario.servers > 1 { offer { $0.servers -= 1 } }
        for index in scenario.faults.indices.reversed() { offer { $0.faults.remove(at: index) } }
        for index in scenario.words.indices.reversed() { offer { $0.words.remove(at: index) } }
        for index in scenario.dags.indices {
            if scenario.dags[index].schedule != nil { offer { $0.dags[index].schedule = nil } }
            if scenario.dags[index].tasks.count > 1 { offer { $0.dags[index].tasks.removeLast() } }
        }
        return found
    }
}
