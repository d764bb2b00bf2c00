import Core

/// A world in which everything happens one after the other, by a clock that nobody but it moves.
///
/// Events wait in a heap by time and by the order in which they were made; each draws its chance from the seed. So the
/// same scenario gives the same history, step by step.
final class World {
    let scenario: Scenario
    let store: MemoryStore
    let mutation: Mutation?
    private(set) var servers: [Server] = []
    private(set) var hosts: [Host] = []
    /// Milliseconds since the beginning.
    private(set) var now = 0
    var chance: SplitMix64
    var rare = RareCounts()
    private(set) var checker: Checker
    var processes: [Process] = []
    /// The first thing that must not be.
    private(set) var violation: Violation?
    private(set) var steps = 0
    private(set) var trace: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var isHealed = false
    /// What happened, line by line, where somebody wants to read it.
    private(set) var history: [String]?
    /// By how much the database's clock is off, in milliseconds.
    var clockOffset = 0
    var databaseReturnsAt = 0
    /// For each runner, until when a claim that has begun keeps its lease's row.
    var leaseLocks: [Int]
    /// For each server and runner, until when no message passes.
    var cutUntil: [[Int]]
    /// Whether some task says what becomes of it when its runner falls silent.
    let hasFences: Bool
    private var heap = EventHeap()

    /// How long after the repair it may take until the next task ends, and how long until everything has ended: a narrow
    /// pool may have hours of work before it.
    static let patience = (each: 30 * 60_000, all: 12 * 3_600_000)
    private var lastEnd = 0

    init(_ scenario: Scenario, mutation: Mutation?, keepsHistory: Bool = false) throws(TopologyError) {
        history = keepsHistory ? [] : nil
        self.scenario = scenario
        self.mutation = mutation
        hasFences = scenario.hasFences
        chance = SplitMix64(seed: SplitMix64.mix(scenario.seed &+ 0xC4A0))
        store = try MemoryStore(
            dags: scenario.dags,
            pools: scenario.pools,
            runners: scenario.runners.count,
            clock: Scenario.beginning,
            mutation: mutation
        )
        leaseLocks = Array(repeating: 0, count: scenario.runners.count)
        cutUntil = Array(repeating: Array(repeating: 0, count: scenario.runners.count), count: scenario.servers)
        checker = Checker(store)
        for index in scenario.runners.indices { hosts.append(Host(index, scenario.runners[index], self)) }
        for index in 0..<scenario.servers { servers.append(Server(index, self)) }
    }

    // MARK: - Time

    /// Does something later; never before what was asked for earlier for the same instant.
    func after(_ delay: Int, _ body: @escaping () -> Void) {
        heap.push(at: now + max(delay, 0), body)
    }

    /// Plays the scenario to its end.
    func play() {
        for server in servers { after(chance.below(500)) { server.start() } }
        for fault in scenario.faults { after(fault.at) { [unowned self] in happen(fault.kind) } }
        for word in scenario.words { after(word.at) { [unowned self] in say(word) } }
        after(scenario.healsAt) { [unowned self] in heal() }
        while violation == nil, let event = heap.pop() {
            now = event.at
            let begin = scenario.healsAt
            guard now <= max(begin, lastEnd) + Self.patience.each, now <= begin + Self.patience.all else {
                fail(.stuck, checker.unfinished(self))
                break
            }
            event.body()
            steps += 1
            mix(UInt64(truncatingIfNeeded: now))
            checkStep()
            if isHealed, isOver { break }
        }
        if violation == nil { checkEnd() }
        heap.removeAll()
    }

    private var isOver: Bool {
        store.live.isEmpty && store.runs.allSatisfy(\.state.isTerminal)
            && store.dags.allSatisfy { $0.nextTick == nil }
    }

    private func checkStep() {
        guard !store.changes.isEmpty else { return }
        tick()
        checker.check(self)
        if store.changes.contains(where: \.isEnd) { lastEnd = now }
        store.changes.removeAll(keepingCapacity: true)
    }

    private func checkEnd() {
        if let process = processes.first(where: { $0.endedAt == nil && !isGivenUp($0.attempt) }) {
            fail(.orphan, "attempt \(process.attempt) still has a process")
        }
    }

    /// Notes a violation; the first one counts.
    func fail(_ rule: Rule, _ detail: String) {
        if violation == nil { violation = Violation(rule: rule, at: now, detail: detail) }
    }

    /// Writes a line of history, where somebody wants to read it.
    func tell(_ line: @autoclosure () -> String) {
        guard history != nil else { return }
        history?.append("\(now) ms: \(line())")
    }

    /// Makes something part of the trace.
    func mix(_ value: UInt64) {
        trace = (trace ^ value) &* 0x100_0000_01B3
        trace ^= trace >> 29
    }

    // MARK: - The database

    /// Sets the database's clock to what it shows now.
    func tick() {
        store.clock = Scenario.beginning + .milliseconds(now + clockOffset)
    }

    /// How long a message to the database takes.
    func hop() -> Int {
        !isHealed && chance.happens(scenario.noise.slow) ? chance.pick(50...4_000) : chance.pick(0...4)
    }

    /// Runs a transaction for a server; `then` hears nil where it did not happen or nobody knows.
    func transact<R>(_ server: Server, _ body: @escaping () -> R, _ then: @escaping (R?) -> Void) {
        let incarnation = server.incarnation
        after(hop()) { [unowned self] in execute(server, incarnation, body, then) }
    }

    /// Runs a transaction whose moment has come.
    func execute<R>(_ server: Server, _ incarnation: Int, _ body: () -> R, _ then: @escaping (R?) -> Void) {
        let isAlive = server.isUp && server.incarnation == incarnation
        // A server that died may have sent its commit before.
        guard isAlive || chance.happens(300) else { return }
        guard now >= databaseReturnsAt else {
            rare.note(.databaseAway)
            return server.after(hop() + 50) { then(nil) }
        }
        if !isHealed, chance.happens(scenario.noise.aborted) {
            rare.note(.aborted)
            return server.after(hop()) { then(nil) }
        }
        tick()
        let result = body()
        guard isAlive else { return }
        if !isHealed, chance.happens(scenario.noise.unacknowledged) {
            rare.note(.unacknowledged)
            return server.after(hop() + 20) { then(nil) }
        }
        if chance.happens(500), now >= server.frozenUntil { then(result) } else { server.after(hop()) { then(result) } }
    }

    // MARK: - Repair

    private func heal() {
        isHealed = true
        tell("all is repaired")
        databaseReturnsAt = now
        for server in cutUntil.indices {
            for runner in cutUntil[server].indices { cutUntil[server][runner] = now }
        }
        for host in hosts { host.heal() }
        for server in servers { server.heal() }
        after(1_000) { [unowned self] in lookAfter() }
    }

    /// What a person does once all is repaired: lets schedules go on, and gives up what is on a disk that is gone.
    private func lookAfter() {
        tick()
        store.isHalted = false
        for dag in store.dags.indices { store.setPaused(dag: dag, false) }
        for id in store.live {
            let line = store.attempts[id]
            guard line.state == .unreachable, line.disk != hosts[line.runner].disk.number else { continue }
            let key = store.instances[line.instance].key
            do {
                try store.mark(run: line.run, task: key.task, mapIndex: key.isWhole ? nil : key.mapIndex, .failed)
                rare.note(.givenUp)
            } catch {
                // It has changed meanwhile; the next look tells.
                continue
            }
            break
        }
        after(20_000) { [unowned self] in lookAfter() }
    }
}

/// Events in the order of their time, and of their making.
private struct EventHeap {
    struct Event {
        var at: Int
        var number: Int
        var body: () -> Void

        func isBefore(_ other: Event) -> Bool {
            at == other.at ? number < other.number : at < other.at
        }
    }

    private var events: [Event] = []
    private var count = 0

    mutating func push(at: Int, _ body: @escaping () -> Void) {
        count += 1
        events.append(Event(at: at, number: count, body: body))
        var child = events.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard events[child].isBefore(events[parent]) else { break }
            events.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> Event? {
        guard let first = events.first else { return nil }
        let last = events.removeLast()
        guard !events.isEmpty else { return first }
        events[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < events.count {
                if events[child].isBefore(events[least]) { least = child }
            }
            guard least != parent else { return first }
            events.swapAt(parent, least)
            parent = least
        }
    }

    mutating func removeAll() { events.removeAll() }
}
