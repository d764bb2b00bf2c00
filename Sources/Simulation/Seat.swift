import Core

/// Acts for one runner as long as its server holds that runner's lease, as the product's seat does.
///
/// A session begins by asking the runner about every live attempt and ends by an error; then the next one begins.
final class Seat {
    unowned let server: Server
    unowned let host: Host
    /// The session under way, and 0 where there is none; what comes back from an earlier one is not heard.
    private(set) var session = 0
    private var lastSession = 0
    private(set) var fence = 0
    private(set) var identity = Host.Identity(boot: 0, disk: 0)
    /// The newest reading of the runner's clock that was heard and noted.
    private var heard = KeeperClock(bootID: "", sinceBoot: .zero)
    var held: [Held] = []
    private var started: [AttemptID] = []
    private var isNoting = false
    var forgettable: [AttemptID] = []
    /// Attempts that have ended on the runner and whose end could not be written.
    var unfinished: [AttemptID] = []
    var isForgetting = false
    private var lastServed: [Int: Timestamp] = [:]
    private var claims: Sleeper?
    /// Whether a claim's transaction is under way; the next session waits until it is over.
    private var isClaiming = false
    private var waitsToBegin = false
    private var failures = 0
    private var silentSince: Int?

    /// An attempt that this seat follows.
    struct Held {
        let id: AttemptID
        let run: Int
        var isCancelling = false
        var isEnding = false
    }

    private static let leaseSpan = Duration.seconds(10)
    private static let beat = 3_000
    private static let silence = 15_000
    private static let pollInterval = 4_000

    init(_ server: Server, _ host: Host) {
        self.server = server
        self.host = host
    }

    var world: World { server.world }
    private var store: MemoryStore { server.world.store }
    private var runner: Int { host.index }

    func place(of id: AttemptID) -> Int? { held.firstIndex { $0.id == id } }

    /// Whether a session is under way and has asked about everything that should be there.
    var hasLoops: Bool { session != 0 && claims != nil }

    /// Does something only if the session that asked for it is still under way.
    func within(_ session: Int, _ body: () -> Void) {
        if session == self.session, session != 0 { body() }
    }

    // MARK: - Sessions

    /// Takes the lease and begins a session, or tries again later.
    func begin() {
        guard !isClaiming else {
            waitsToBegin = true
            return
        }
        acquire { [unowned self] result in
            switch result {
            case .some(.some(let fence)):
                self.fence = fence
                open()
            case .some(nil):
                failures = 0
                silentSince = nil
                server.after(Self.beat) { [unowned self] in begin() }
            case nil: stumble(silent: false)
            }
        }
    }

    private func acquire(_ then: @escaping (Int??) -> Void) {
        world.acquireLease(server, runner, for: Self.leaseSpan, then)
    }

    private func open() {
        lastSession += 1
        session = lastSession
        world.tell("server \(server.index), \(host.name): session \(session) under fence \(fence)")
        let session = session
        host.greet(heard: nil, from: server) { [unowned self] greeting in
            within(session) {
                guard let (identity, clock) = greeting else { return end(.silent) }
                self.identity = identity
                silentSince = nil
                noteContact(clock) { [unowned self] in listen(session) }
            }
        }
    }

    /// Writes down that the runner answered, and only then takes its reading for heard.
    private func noteContact(_ clock: KeeperClock, _ then: @escaping () -> Void) {
        guard world.hasFences else { return then() }
        let (session, store, runner, disk) = (session, store, runner, identity.disk)
        world.transact(server) {
            store.noteContact(runner: runner, disk: disk)
        } _: { [unowned self] done in
            within(session) {
                guard done != nil else { return end(.database) }
                heard = clock
                then()
            }
        }
    }

    private func listen(_ session: Int) {
        host.listen(self, session) { [unowned self] isOpen in
            within(session) { isOpen ? recover() : end(.silent) }
        }
    }

    /// Asks the runner about every attempt that the store believes to be live there.
    private func recover() {
        let (session, store, runner) = (session, store, runner)
        world.transact(server) {
            store.liveAttempts(runner: runner)
        } _: { [unowned self] known in
            within(session) {
                guard let known else { return end(.database) }
                // Another disk knows nothing of these; that it does not know them proves nothing.
                let isOurs = { (line: MemoryStore.AttemptLine) in line.disk == self.identity.disk }
                let trusts = world.mutation == .asksOtherDisk
                held = known.filter { isOurs($0) || trusts }.map { Held(id: $0.id, run: $0.run) }
                started = []
                let strange = known.filter { !isOurs($0) }.map(\.id)
                let askable = known.filter(isOurs).map(\.id)
                if !strange.isEmpty { world.rare.note(.otherDisk) }
                world.transact(server) {
                    store.setUnreachable(strange)
                } _: { [unowned self] done in
                    within(session) { done == nil ? end(.database) : ask(askable) }
                }
            }
        }
    }

    private func ask(_ ids: [AttemptID]) {
        guard !ids.isEmpty, world.mutation != .neverAsks else { return begin(session) }
        inquire(ids) { [unowned self] session in begin(session) }
    }

    /// Asks about attempts and takes the answers.
    ///
    /// That one never started is believed only if it is still the same disk that says so.
    func inquire(_ ids: [AttemptID], _ then: @escaping (_ session: Int) -> Void) {
        let session = session
        host.ask(ids, from: server) { [unowned self] statuses in
            within(session) {
                guard let statuses else { return end(.silent) }
                let isDenied = statuses.contains { if case .neverStarted = $0 { true } else { false } }
                guard isDenied, world.mutation != .asksOtherDisk else { return take(ids, statuses, then) }
                host.identify(from: server) { [unowned self] identity in
                    within(session) { identity == self.identity ? take(ids, statuses, then) : end(.silent) }
                }
            }
        }
    }

    private func take(_ ids: [AttemptID], _ statuses: [AttemptStatus], _ then: (_ session: Int) -> Void) {
        for (id, status) in zip(ids, statuses) { take(status, of: id) }
        then(session)
    }

    /// Lets the session's loops begin.
    private func begin(_ session: Int) {
        failures = 0
        claims = Sleeper(server) { [unowned self] in passOnCancels() }
        passOnCancels()
        noteStarts()
        forget()
        askAgain()
        beat(session)
    }

    private func beat(_ session: Int) {
        server.after(Self.beat) { [unowned self] in
            within(session) {
                acquire { [unowned self] result in
                    within(session) {
                        guard case .some(let fence) = result else { return end(.database) }
                        guard fence == self.fence else {
                            world.rare.note(.leaseLost)
                            return end(.leaseLost)
                        }
                        host.greet(heard: world.hasFences ? heard : nil, from: server) { [unowned self] greeting in
                            within(session) {
                                guard let greeting, greeting.identity == self.identity else { return end(.silent) }
                                noteContact(greeting.clock) { [unowned self] in beat(session) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Why a session ends.
    enum Ending {
        case leaseLost
        case database
        case silent
    }

    func end(_ ending: Ending) {
        world.tell("server \(server.index), \(host.name): session \(session) ends: \(ending)")
        session = 0
        claims?.stop()
        claims = nil
        isNoting = false
        isForgetting = false
        if ending == .leaseLost {
            silentSince = nil
            begin()
        } else {
            stumble(silent: ending == .silent)
        }
    }

    private func stumble(silent: Bool) {
        failures += 1
        if silent {
            let since = silentSince ?? world.now
            silentSince = since
            if world.now - since >= Self.silence {
                world.rare.note(.runnerSilent)
                let (store, runner, mutation) = (store, runner, world.mutation)
                write {
                    store.setUnreachable(runner: runner)
                } _: { _ in
                }
                if mutation == .losesBySilence {
                    for item in held { report(item.id, .lost(proof: "it does not answer")) }
                }
            }
        }
        server.after(100 * min(1 << min(failures, 6), 50)) { [unowned self] in begin() }
    }

    // MARK: - Claims

    func wakeClaims() { claims?.wake() }

    /// Passes on what somebody asked to end.
    private func passOnCancels() {
        let (session, store, runner) = (session, store, runner)
        guard held.contains(where: { !$0.isCancelling }) else { return claim() }
        world.transact(server) {
            store.cancelRequests(runner: runner)
        } _: { [unowned self] asked in
            within(session) {
                guard let asked else { return end(.database) }
                let new = asked.filter { id in held.contains { $0.id == id && !$0.isCancelling } }
                guard !new.isEmpty else { return claim() }
                write {
                    store.setCancelling(new)
                } _: { [unowned self] isWritten in
                    within(session) { isWritten ? cancel(new[...]) : end(.database) }
                }
            }
        }
    }

    private func cancel(_ ids: ArraySlice<AttemptID>) {
        guard let id = ids.first else { return claim() }
        let session = session
        if let place = place(of: id) { held[place].isCancelling = true }
        host.cancel(id, from: server) { [unowned self] isDone in
            within(session) { isDone ? cancel(ids.dropFirst()) : end(.silent) }
        }
    }

    private var claiming: ClaimingSeat {
        ClaimingSeat(
            runner: runner,
            name: host.name,
            slots: host.slots,
            server: server.index,
            incarnation: server.incarnation,
            fence: fence,
            boot: identity.boot,
            disk: identity.disk,
            canFence: world.hasFences
        )
    }

    /// Writes what this seat has learned of its runner, if its server still has the lease; else the session ends.
    private func write(_ body: @escaping () -> Void, _ then: @escaping (_ isWritten: Bool) -> Void) {
        let (session, store, claiming, world) = (session, store, claiming, world)
        world.transact(server) {
            let holds = store.holdsLease(claiming)
            guard holds || world.mutation == .writesWithoutLease else { return false }
            let before = store.changes.count
            body()
            if !holds, store.changes.count > before { world.fail(.staleWriter, "server \(claiming.server) wrote") }
            return true
        } _: { [unowned self] (holds: Bool?) in
            guard holds == false else { return then(holds != nil) }
            world.rare.note(.staleWriteRefused)
            within(session) { end(.leaseLost) }
        }
    }

    private func claim() {
        let session = session
        isClaiming = true
        world.claim(server, claiming, lastServed) { [unowned self] result in
            isClaiming = false
            if waitsToBegin {
                waitsToBegin = false
                begin()
            }
            within(session) {
                switch result {
                case .failed: end(.database)
                case .leaseLost: end(.leaseLost)
                case .claimed(let lines):
                    guard !lines.isEmpty else {
                        claims?.sleep(world.mutation == .neverPolls ? 100_000_000 : Self.pollInterval)
                        return
                    }
                    start(lines)
                }
            }
        }
    }

    /// Sends the orders and takes the answers; a call that fails leaves the outcome open: the next session asks.
    private func start(_ lines: [MemoryStore.AttemptLine]) {
        let session = session
        for line in lines {
            lastServed[line.dag] = store.clock
            if place(of: line.id) == nil { held.append(Held(id: line.id, run: line.run)) }
        }
        let unfit = lines.filter { Behaviour(of: $0, world).isUnfit }.map(\.id)
        for id in unfit {
            world.rare.note(.unfit)
            report(id, .unfit(reason: "a name has no value"))
        }
        let orders = lines.filter { !unfit.contains($0.id) }
        world.tell("server \(server.index) orders \(orders.map(\.id)) of \(host.name)")
        guard !orders.isEmpty else { return passOnCancels() }
        host.start(orders, heard: heard, from: server) { [unowned self] answers in
            guard let answers else {
                if world.mutation == .givesUpUnasked {
                    for order in orders { report(order.id, .neverStarted(reason: "no answer")) }
                }
                return within(session) { end(.silent) }
            }
            within(session) {
                for (order, answer) in zip(orders, answers) {
                    switch answer {
                    case .status(let status): take(status, of: order.id)
                    case .refused(let reason): report(order.id, .neverStarted(reason: reason))
                    }
                }
                passOnCancels()
            }
        }
    }

    // MARK: - What the runner says

    /// Takes what the runner says of an attempt.
    func take(_ status: AttemptStatus, of id: AttemptID) {
        guard let place = place(of: id), !held[place].isEnding else { return }
        world.tell("server \(server.index) hears of \(id): \(status.word)")
        switch status {
        case .running:
            started.append(id)
            noteStarts()
        case .neverStarted(let reason): report(id, .neverStarted(reason: reason))
        case .ended(let record): report(id, record)
        case .lost(let proof): report(id, .lost(proof: proof))
        }
    }

    /// Writes that attempts run, all that have queued up meanwhile at once.
    private func noteStarts() {
        let batch = started.filter { id in held.contains { $0.id == id && !$0.isEnding } }
        started = []
        guard !isNoting, !batch.isEmpty else {
            started = batch
            return
        }
        isNoting = true
        let (session, store) = (session, store)
        write {
            store.setRunning(batch)
        } _: { [unowned self] isWritten in
            within(session) {
                isNoting = false
                if isWritten {
                    noteStarts()
                } else {
                    started += batch
                    server.after(500) { [unowned self] in within(session) { noteStarts() } }
                }
            }
        }
    }
}

extension AttemptStatus {
    fileprivate var word: String {
        switch self {
        case .neverStarted: "never started"
        case .running: "running"
        case .ended(let record): "\(record.ending)"
        case .lost(let proof): proof
        }
    }
}
