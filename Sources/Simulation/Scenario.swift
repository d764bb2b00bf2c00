import Core

/// What happens in one world: its DAGs, its machines, what goes wrong and what people do, all drawn from a seed.
///
/// What is drawn later (delays, losses of messages, the lengths of tasks) comes from the seed as well, so that a
/// scenario from which something was taken away is still the same in the rest.
struct Scenario: Sendable {
    let seed: UInt64
    var dags: [DAG]
    var pools: [(name: String, slots: Int, order: QueueOrder)]
    /// The slots of each runner.
    var runners: [Int]
    var servers: Int
    /// Whether each server acts for the runner of its own host alone.
    var arePeers = false
    var faults: [Fault]
    var words: [Word]
    var noise: Noise
    /// When everything is repaired, in milliseconds from the beginning.
    var healsAt: Int

    /// Something that goes wrong at an instant.
    struct Fault: Sendable {
        /// In milliseconds from the beginning.
        var at: Int
        var kind: Kind

        /// What goes wrong; spans are milliseconds.
        enum Kind: Sendable {
            case serverDies(Int, for: Int)
            case serverFreezes(Int, for: Int)
            case serverRestarts(Int)
            case cutOff(server: Int, runner: Int, for: Int)
            case keeperDies(Int, for: Int)
            case keeperIsReplaced(Int)
            case hostReboots(Int, for: Int)
            case diskIsWiped(Int, for: Int)
            case runnerStalls(Int, for: Int)
            case diskFills(Int, for: Int)
            case databaseIsAway(for: Int)
            case clockSteps(by: Int)
        }
    }

    /// Something that a person asks for at an instant; numbers choose among what there is then.
    struct Word: Sendable {
        var at: Int
        var kind: Kind
        var choice: Int

        /// What is asked for.
        enum Kind: Sendable, CaseIterable {
            case trigger
            case clear
            case clearTask
            case clearFailed
            case mark
            case cancelRun
            case cancelTask
            case pause
            case unpause
        }
    }

    /// How often single messages and transactions go wrong, in thousandths.
    struct Noise: Hashable, Sendable {
        var lost = 0
        var doubled = 0
        var slow = 0
        var aborted = 0
        var unacknowledged = 0
        var wakeUpsLost = 0
        /// How often a keeper, or its host, dies between two of the keeper's steps.
        var deaths = 0
    }

    /// The instant at which every world begins, 2026-01-01 in UTC.
    static let beginning = Timestamp(seconds: 1_767_225_600)

    /// Draws a scenario.
    init(seed: UInt64) {
        self.seed = seed
        var chance = SplitMix64(seed: SplitMix64.mix(seed &+ 0x5EED))
        runners = (0..<chance.pick(1...2)).map { _ in chance.pick(1...4) }
        servers = chance.pick(1...3)
        pools = (0..<chance.pick(1...2)).map { index in
            (name: "pool\(index)", slots: chance.pick(1...3), order: chance.pick(QueueOrder.allCases) ?? .fair)
        }
        healsAt = chance.pick(40_000...120_000)
        dags = []
        for index in 0..<chance.pick(1...3) {
            dags.append(DAGMaker.dag(index, pools: pools.map(\.slots), runners: runners, healsAt: healsAt, &chance))
        }
        noise = Noise()
        if chance.happens(700) {
            noise = Noise(
                lost: chance.pick(0...40),
                doubled: chance.pick(0...60),
                slow: chance.pick(0...40),
                aborted: chance.pick(0...30),
                unacknowledged: chance.pick(0...40),
                wakeUpsLost: chance.pick(0...400)
            )
        }
        faults = []
        words = []
        for _ in 0..<chance.below(9) {
            let kind = fault(&chance)
            faults.append(Fault(at: chance.below(healsAt), kind: kind))
        }
        if chance.happens(60) { addWeakHost(&chance) }
        words.append(Word(at: chance.below(2_000), kind: .trigger, choice: chance.below(1_000)))
        for _ in 0..<chance.below(7) {
            let kind = chance.pick(Word.Kind.allCases) ?? .trigger
            words.append(Word(at: chance.below(healsAt), kind: kind, choice: chance.below(1_000_000)))
        }
        if chance.happens(350) { noise.deaths = chance.pick(1...12) }
        addFences(SplitMix64(seed: SplitMix64.mix(seed &+ 0xFE4CE)))
        faults.sort { $0.at < $1.at }
        words.sort { $0.at < $1.at }
    }

    /// A cluster of equals: so many servers, each with the runner of its own host, of which some die, freeze or stop while
    /// they share `tasks` tasks of one DAG.
    init(peers: Int, tasks: Int, seed: UInt64) {
        var chance = SplitMix64(seed: SplitMix64.mix(seed &+ 0x9EE25))
        self.init(seed: seed, runners: Array(repeating: 1, count: peers), servers: peers)
        arePeers = true
        pools = [(name: "pool0", slots: max(1, peers / 2), order: .fair)]
        var spread = TaskDefinition(id: "t0", action: .run(script: "true"))
        spread.mapping = .list(.elements((0..<tasks).map { .value(.string("item\($0)")) }))
        var pooled = spread
        pooled.id = "t1"
        pooled.pool = "pool0"
        spread.retries = RetryPolicy(limit: 3, delay: .seconds(1))
        let join = TaskDefinition(id: "t2", needs: ["t0", "t1"], action: .join)
        var dag = DAG(id: "d0", tasks: [spread, pooled, join])
        dag.maximumActiveTasks = 2 * tasks
        dags = [dag]
        healsAt = 60_000
        words = [Word(at: 1_000, kind: .trigger, choice: 0)]
        for _ in 0..<max(2, peers / 20) {
            let (server, at, span) = (chance.below(peers), chance.pick(1_000...40_000), chance.pick(2_000...30_000))
            switch chance.below(3) {
            case 0: faults.append(Fault(at: at, kind: .serverDies(server, for: span)))
            case 1: faults.append(Fault(at: at, kind: .serverFreezes(server, for: span)))
            default: faults.append(Fault(at: at, kind: .serverRestarts(server)))
            }
        }
        faults.sort { $0.at < $1.at }
    }

    private init(seed: UInt64, runners: [Int], servers: Int) {
        self.seed = seed
        self.runners = runners
        self.servers = servers
        dags = []
        pools = []
        faults = []
        words = []
        noise = Noise()
        healsAt = 0
    }

    /// A runner whose keeper or host does not live for long, so that what runs there is lost again and again.
    private mutating func addWeakHost(_ chance: inout SplitMix64) {
        let runner = chance.below(runners.count)
        let reboots = chance.happens(500)
        var at = chance.pick(500...3_000)
        while at < healsAt {
            let pause = chance.pick(50...800)
            faults.append(
                Fault(at: at, kind: reboots ? .hostReboots(runner, for: pause) : .keeperDies(runner, for: pause))
            )
            at += pause + chance.pick(600...5_000)
        }
        for index in dags.indices {
            // Else there would be no attempts left to lose.
            for task in dags[index].tasks.indices { dags[index].tasks[task].retries.limit += 1 }
        }
    }

    /// Whether some task says what becomes of it when its runner falls silent.
    var hasFences: Bool { dags.contains { $0.tasks.contains { $0.onUnreachable != .wait } } }

    /// Tasks that do not wait for ever, and the silences that they do not wait for.
    ///
    /// Drawn by itself, so that a seed without them is the world that it was.
    private mutating func addFences(_ chance: SplitMix64) {
        var chance = chance
        guard chance.happens(250) else { return }
        for dag in dags.indices {
            for task in dags[dag].tasks.indices where dags[dag].tasks[task].action != .join && chance.happens(700) {
                let span = Duration.seconds(chance.pick(45...80))
                dags[dag].tasks[task].onUnreachable = chance.happens(750) ? .retry(after: span) : .fail(after: span)
                if chance.happens(300) { dags[dag].tasks[task].timeout = nil }
            }
        }
        healsAt += 90_000
        for _ in 0..<chance.pick(1...3) {
            let (runner, at, span) = (chance.below(runners.count), chance.below(healsAt), chance.pick(30_000...120_000))
            for server in 0..<servers where servers == 1 || chance.happens(800) {
                faults.append(Fault(at: at, kind: .cutOff(server: server, runner: runner, for: span)))
            }
            if chance.happens(300) { faults.append(Fault(at: at + 20_000, kind: .clockSteps(by: 60_000))) }
            if chance.happens(300) { faults.append(Fault(at: at, kind: .runnerStalls(runner, for: span))) }
        }
    }

    private func fault(_ chance: inout SplitMix64) -> Fault.Kind {
        let (server, runner) = (chance.below(servers), chance.below(runners.count))
        let span = chance.happens(300) ? chance.pick(20_000...90_000) : chance.pick(200...15_000)
        switch chance.below(100) {
        case 0..<16: return .serverDies(server, for: span)
        case 16..<34: return .serverFreezes(server, for: span)
        case 34..<42: return .serverRestarts(server)
        case 42..<56: return .cutOff(server: server, runner: runner, for: span)
        case 56..<60: return .keeperIsReplaced(runner)
        case 60..<68: return .keeperDies(runner, for: min(span, 20_000))
        case 68..<76: return .hostReboots(runner, for: span)
        case 76..<78: return .diskIsWiped(runner, for: span)
        case 78..<84: return .runnerStalls(runner, for: span)
        case 84..<88: return .diskFills(runner, for: span)
        case 88..<93: return .databaseIsAway(for: min(span, 30_000))
        default:
            let steps = [-90_000, -20_000, -3_000, 4_000, 12_000, 60_000, 25 * 3_600_000]
            return .clockSteps(by: steps[chance.below(steps.count)])
        }
    }
}

extension Scenario: CustomStringConvertible {
    /// What there is and what happens, a line each.
    var description: String {
        var lines = [
            "\(servers) servers, runners with \(runners) slots, pools \(pools.map { "\($0.name)=\($0.slots)" }), "
                + "repaired after \(healsAt) ms"
        ]
        for dag in dags {
            let schedule =
                dag.schedule.map { "\($0.text), overlap \($0.overlap), catchup \($0.catchup)" } ?? "no schedule"
            lines.append("DAG \(dag.id): \(schedule), runs \(dag.maximumActiveRuns), tasks \(dag.maximumActiveTasks)")
            for task in dag.tasks { lines.append("  \(DAGMaker.words(task))") }
        }
        lines.append("\(noise)")
        let events = faults.map { ($0.at, "\($0.kind)") } + words.map { ($0.at, "a person: \($0.kind) \($0.choice)") }
        for (at, what) in events.sorted(by: { $0.0 < $1.0 }) { lines.append("\(at) ms: \(what)") }
        return lines.joined(separator: "\n")
    }
}
