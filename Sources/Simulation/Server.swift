import Core

/// A server: the scheduler's loop, the engine's queue of reports, and a seat for each runner.
final class Server {
    let index: Int
    unowned let world: World
    /// Grows with each start.
    private(set) var incarnation = 0
    private(set) var isUp = false
    private(set) var frozenUntil = 0
    private(set) var seats: [Seat] = []
    /// Those of earlier incarnations, to which answers may still be under way.
    private var formerSeats: [Seat] = []
    private var sleeper: Sleeper?
    private var watch = ClockWatch()
    private var silenceWatch = SilenceWatch()
    private var failures = 0
    private var stuckAt: Timestamp?
    /// Reports that wait for the transaction under way to commit.
    private var queue: [(report: EndReport, then: (Bool) -> Void)] = []
    private var isCommitting = false

    /// How long the scheduler sleeps at most.
    private static let pollInterval = 5_000
    /// How long nobody may have acted for a runner before what runs there is unreachable.
    private static let silence = Duration.seconds(15)

    init(_ index: Int, _ world: World) {
        self.index = index
        self.world = world
    }

    private var store: MemoryStore { world.store }

    /// Does something later if this very incarnation still lives then; a frozen server does it once it wakes.
    func after(_ delay: Int, _ body: @escaping () -> Void) {
        let incarnation = incarnation
        world.after(delay) { [unowned self] in run(incarnation, body) }
    }

    private func run(_ incarnation: Int, _ body: @escaping () -> Void) {
        guard isUp, self.incarnation == incarnation else { return }
        guard world.now >= frozenUntil else {
            return world.after(frozenUntil - world.now) { [unowned self] in run(incarnation, body) }
        }
        body()
    }

    // MARK: - Life

    func start() {
        guard !isUp else { return }
        isUp = true
        incarnation += 1
        frozenUntil = 0
        sleeper = Sleeper(self) { [unowned self] in look() }
        watch = ClockWatch()
        silenceWatch = SilenceWatch()
        failures = 0
        stuckAt = nil
        queue = []
        isCommitting = false
        formerSeats += seats
        let hosts = world.scenario.arePeers ? [world.hosts[index]] : world.hosts
        seats = hosts.map { Seat(self, $0) }
        look()
        for seat in seats { seat.begin() }
    }

    func die() {
        isUp = false
    }

    func freeze(for span: Int) {
        frozenUntil = max(frozenUntil, world.now + span)
    }

    /// Ends as on a stop signal, which gives leases back, and starts again.
    func restart() {
        guard isUp else { return }
        for seat in seats {
            let (runner, server, incarnation) = (seat.host.index, index, incarnation)
            let world = world
            world.transact(self) {
                if world.leaseLocks[runner] == 0 {
                    world.store.releaseLease(runner: runner, server: server, incarnation: incarnation)
                }
            } _: { _ in
            }
        }
        after(20) { [unowned self] in
            die()
            world.after(300) { [unowned self] in start() }
        }
    }

    func heal() {
        frozenUntil = 0
        if !isUp { start() }
        wakeAll()
    }

    // MARK: - The scheduler's loop

    /// Looks once, then sleeps until something is due or somebody wakes it.
    private func look() {
        let store = store
        world.transact(self) { [unowned self] in
            (now: store.clock, counted: Duration.milliseconds(world.now), isHalted: store.isHalted)
        } _: { [unowned self] seen in
            guard let seen else { return stumble() }
            switch watch.look(wall: seen.now, counted: seen.counted) {
            case .forward where !seen.isHalted:
                world.rare.note(.schedulesHalted)
                world.transact(self) {
                    store.isHalted = true
                } _: { [unowned self] in
                    $0 == nil ? stumble() : findDue()
                }
            case .backward:
                world.rare.note(.clockBack)
                findDue()
            case .forward, nil: findDue()
            }
        }
    }

    private struct Due {
        var ticks: [(dag: Int, cursor: Timestamp)]
        var retries: [Int]
        var limits: [Int]
        var waiting: [Int]
    }

    private func findDue() {
        let store = store
        world.transact(self) {
            Due(
                ticks: store.dueDAGs().map { ($0, store.dags[$0].cursor) },
                retries: store.runsWithDueRetries(),
                limits: store.runsPastTheirLimit(),
                waiting: store.dagsWithWaitingRuns()
            )
        } _: { [unowned self] due in
            guard let due else { return stumble() }
            decideTicks(due.ticks[...], hasMore: false, due)
        }
    }

    private func decideTicks(_ dags: ArraySlice<(dag: Int, cursor: Timestamp)>, hasMore: Bool, _ due: Due) {
        guard let next = dags.first else { return queueRetries(hasMore, due) }
        let store = store
        world.transact(self) {
            store.decideTicks(ofDAG: next.dag, seen: next.cursor)
        } _: { [unowned self] result in
            guard let result else { return stumble() }
            follow(result.0)
            decideTicks(dags.dropFirst(), hasMore: hasMore || result.hasMore, due)
        }
    }

    private func queueRetries(_ hasMore: Bool, _ due: Due) {
        guard !due.retries.isEmpty else { return cancelLate(hasMore, due) }
        let store = store
        world.transact(self) {
            store.queueRetries(inRuns: due.retries)
        } _: { [unowned self] outcome in
            guard let outcome else { return stumble() }
            follow(outcome)
            cancelLate(hasMore, due)
        }
    }

    private func cancelLate(_ hasMore: Bool, _ due: Due) {
        let waiting = due.waiting.filter { id in !due.ticks.contains { $0.dag == id } }
        guard !due.limits.isEmpty else { return startRuns(waiting[...], hasMore) }
        let store = store
        world.rare.note(.runTimedOut)
        world.transact(self) {
            store.cancel(runs: due.limits, reason: "timed_out")
        } _: { [unowned self] outcome in
            guard let outcome else { return stumble() }
            follow(outcome)
            startRuns(waiting[...], hasMore)
        }
    }

    private func startRuns(_ dags: ArraySlice<Int>, _ hasMore: Bool) {
        guard let next = dags.first else { return close(hasMore) }
        let store = store
        world.transact(self) {
            store.startRuns(ofDAG: next)
        } _: { [unowned self] outcome in
            guard let outcome else { return stumble() }
            tell(outcome)
            startRuns(dags.dropFirst(), hasMore)
        }
    }

    private func close(_ hasMore: Bool) {
        let store = store
        world.transact(self) { () -> (Timestamp, Timestamp?) in
            store.setUnreachableWithoutServer(for: Self.silence)
            return (store.clock, store.nextDue())
        } _: { [unowned self] seen in
            guard let (now, next) = seen else { return stumble() }
            failures = 0
            if world.hasFences { endSilent() }
            guard !hasMore else { return sleep(0) }
            guard let next else { return sleep(Self.pollInterval) }
            guard next <= now else {
                return sleep(min(Self.pollInterval, Int((next - now).clampedMicroseconds / 1_000) + 1))
            }
            defer { stuckAt = next }
            sleep(stuckAt == next ? 1_000 : 0)
        }
    }

    /// Ends the attempts whose runner has been silent for so long that it has ended them by itself.
    private func endSilent() {
        let (store, asked) = (store, world.now)
        world.transact(self) {
            (store.silentAttempts(), store.clock)
        } _: { [unowned self] seen in
            guard let (silent, clock) = seen else { return }
            var (before, after) = (Duration.milliseconds(asked), Duration.milliseconds(world.now))
            if world.mutation == .believesTheClock { (before, after) = (clock - .epoch, clock - .epoch) }
            for attempt in silenceWatch.look(silent, asked: before, answered: after) {
                world.rare.note(.silenceEnded)
                submit(EndReport(attempt: attempt.id, run: attempt.run, end: .silent(for: attempt.limit))) { _ in
                }
            }
        }
    }

    private func stumble() {
        failures += 1
        sleep(200 * min(failures, 25))
    }

    private func sleep(_ pause: Int) {
        sleeper?.sleep(pause)
    }

    func wakeScheduler() {
        sleeper?.wake()
    }

    // MARK: - The engine

    /// Takes a report; `then` hears whether it and what follows from it are committed.
    func submit(_ report: EndReport, _ then: @escaping (Bool) -> Void) {
        queue.append((report, then))
        if !isCommitting { drain() }
    }

    private func drain() {
        isCommitting = !queue.isEmpty
        guard isCommitting else { return }
        let batch = queue
        queue = []
        commit(batch) { [unowned self] in drain() }
    }

    /// After a failure each report is tried by itself.
    private func commit(_ batch: [(report: EndReport, then: (Bool) -> Void)], _ done: @escaping () -> Void) {
        let store = store
        if batch.count > 1 { world.rare.note(.reportsTogether) }
        world.transact(self) { [unowned self] in
            store.finish(batch.map(\.report)) { world.chance.fraction() }
        } _: { [unowned self] outcome in
            if let outcome {
                for item in batch { item.then(true) }
                follow(outcome)
                for seat in seats { seat.wakeClaims() }
                done()
            } else if batch.count == 1 {
                batch[0].then(false)
                done()
            } else {
                commitOneByOne(batch[...], done)
            }
        }
    }

    private func commitOneByOne(
        _ batch: ArraySlice<(report: EndReport, then: (Bool) -> Void)>,
        _ done: @escaping () -> Void
    ) {
        guard let first = batch.first else { return done() }
        commit([first]) { [unowned self] in commitOneByOne(batch.dropFirst(), done) }
    }

    /// Lets others know what a commit means for them, and starts runs that may start now.
    func follow(_ outcome: PassOutcome) {
        if outcome.queued > 0 || outcome.cancelRequests > 0 { announce() }
        startNext(outcome.dagsWithEndedRuns.sorted()[...])
    }

    private func startNext(_ dags: ArraySlice<Int>) {
        guard let next = dags.first else { return }
        let store = store
        world.transact(self) {
            store.startRuns(ofDAG: next)
        } _: { [unowned self] outcome in
            guard let outcome else { return wakeScheduler() }
            tell(outcome)
            startNext(dags.dropFirst())
        }
    }

    func tell(_ outcome: PassOutcome) {
        if outcome.queued > 0 || outcome.cancelRequests > 0 { announce() }
        if !outcome.dagsWithEndedRuns.isEmpty { wakeScheduler() }
    }

    /// Wakes the seats of this process, and by a message those of others, which may get lost.
    private func announce() {
        for server in world.servers {
            if server.index == index {
                for seat in seats { seat.wakeClaims() }
            } else if !world.chance.happens(world.isHealed ? 0 : world.scenario.noise.wakeUpsLost) {
                server.after(world.hop()) { for seat in server.seats { seat.wakeClaims() } }
            }
        }
    }

    private func wakeAll() {
        for seat in seats { seat.wakeClaims() }
        wakeScheduler()
    }
}
