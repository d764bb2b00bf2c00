import Glibc
import Simulation

/// Plays seeds of the simulation and reports.
@main
struct RotaSimulate {
    private static let usage = """
        usage: rota-simulate [--seeds N] [--seed FIRST] [--broken RULE] [--story]

          --seeds N      play N seeds (default 10000; with --seed: 1)
          --seed FIRST   the first of them (default 1)
          --broken RULE  break a rule of the product on purpose:
                         \(Mutation.allCases.map(\.rawValue).joined(separator: "\n                 "))
          --story        tell all that happens in the first seed

        A seed that fails is played again in ever smaller worlds; the smallest is told.
        """

    static func main() {
        guard let choice = Choice(CommandLine.arguments.dropFirst()) else {
            print(usage)
            exit(64)
        }
        if choice.isStory {
            for line in Simulation.story(ofSeed: choice.first, mutation: choice.mutation) { print(line) }
            return
        }
        exit(play(choice) ? 0 : 1)
    }

    /// Whether all went well.
    private static func play(_ choice: Choice) -> Bool {
        var report = Report()
        let began = ContinuousClock.now
        for seed in choice.first..<choice.first + choice.count {
            let result = Simulation.play(seed: seed, mutation: choice.mutation)
            report.add(result)
            if let violation = result.violation, report.violations.count <= 3 {
                tell(seed, violation, choice.mutation)
            }
            if report.seeds % 50_000 == 0 {
                print("\(report.seeds) seeds, \(began.duration(to: .now))")
                fflush(nil)
            }
        }
        report.print(after: began.duration(to: .now))
        return report.violations.isEmpty
    }

    private static func tell(_ seed: UInt64, _ violation: Violation, _ mutation: Mutation?) {
        print("seed \(seed): \(violation)")
        for line in Shrinker.story(ofSeed: seed, mutation: mutation) ?? [] { print("  \(line)") }
        let broken = mutation.map { " --broken \($0.rawValue)" } ?? ""
        print("again: make simulate SEED=\(seed), or .build/release/rota-simulate --seed \(seed)\(broken) --story")
    }
}

/// What is asked for on the command line.
struct Choice {
    var first: UInt64 = 1
    var count: UInt64 = 10_000
    var mutation: Mutation?
    var isStory = false

    /// Nil: it is not understood.
    init?(_ arguments: some Sequence<String>) {
        var rest = arguments.makeIterator()
        var isCounted = false
        while let word = rest.next() {
            switch word {
            case "--story": isStory = true
            case "--seeds":
                guard let number = rest.next().flatMap(UInt64.init), number > 0 else { return nil }
                (count, isCounted) = (number, true)
            case "--seed":
                guard let number = rest.next().flatMap(UInt64.init) else { return nil }
                first = number
                if !isCounted { count = 1 }
            case "--broken":
                guard let rule = rest.next().flatMap(Mutation.init(rawValue:)) else { return nil }
                mutation = rule
            default: return nil
            }
        }
    }
}

/// Sums over many seeds.
struct Report {
    private(set) var seeds = 0
    private(set) var violations: [UInt64] = []
    private var steps = 0
    private var time = 0
    private var faults = 0
    private var runs = 0
    private var attempts = 0
    private var rare = RareCounts()

    mutating func add(_ result: Simulation.Result) {
        seeds += 1
        steps += result.steps
        time += result.time
        faults += result.faults
        runs += result.runs
        attempts += result.attempts
        rare.add(result.rare)
        if result.violation != nil { violations.append(result.seed) }
    }

    func print(after span: Duration) {
        let rate = Int(Double(seeds) / (span / .seconds(1)))
        Swift.print("\(seeds) seeds in \(span): \(rate) a second")
        Swift.print(
            "\(steps) steps, \(time / 3_600_000) simulated hours, \(faults) planned faults, \(runs) runs, \(attempts) attempts"
        )
        Swift.print("rare branches: \(Rare.allCases.map { "\($0.rawValue) \(rare[$0])" }.joined(separator: ", "))")
        if seeds >= 10_000, !rare.missing.isEmpty { Swift.print("never reached: \(rare.missing.map(\.rawValue))") }
        Swift.print(violations.isEmpty ? "no violation" : "\(violations.count) seeds failed: \(violations.prefix(20))")
    }
}
