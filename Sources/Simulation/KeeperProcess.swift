import Core

/// The shell around the product's `KeeperMachine` on a simulated host; it may die before each of its steps.
final class KeeperProcess {
    /// An order as it arrives.
    struct Order {
        let line: MemoryStore.AttemptLine
        let start: StartOrder
    }

    unowned let host: Host
    let journal: Disk.Journal
    private(set) var machine: KeeperMachine
    /// Journals of keepers that were replaced and still wait for attempts, and how far they were read.
    private var older: [(journal: Disk.Journal, position: Int)] = []
    /// Orders whose claims are not yet durable.
    private var launching: [AttemptID: MemoryStore.AttemptLine] = [:]
    private var waiting: [AttemptID: [(batch: Batch, position: Int)]] = [:]
    /// What goes out once all that was decided is durable.
    private var answers: [() -> Void] = []
    /// What was written and not yet given to the system.
    private var collected: [JournalEntry] = []
    private var isStepping = false
    private var timer: Int?
    private var isLooking = false

    /// The answers to one request.
    private final class Batch {
        var answers: [StartAnswer?]
        init(_ count: Int) { answers = Array(repeating: nil, count: count) }
    }

    /// Comes after another keeper, or after none.
    init(_ host: Host) {
        self.host = host
        let contact = host.disk.contact.flatMap { $0.bootID == host.bootID ? $0.sinceBoot : nil }
        machine = KeeperMachine(
            bootID: host.bootID,
            contact: contact ?? .zero,
            without: host.world.mutation?.keeperRule
        )
        let free = host.disk.journals.filter { !host.isHeld($0) }
        for held in host.disk.journals.filter(host.isHeld) {
            machine.takeIn(held.entries, parentage: .foreign)
            older.append((held, held.entries.count))
        }
        for journal in free { machine.takeIn(journal.entries, parentage: .orphan) }
        journal = free.last ?? Disk.Journal()
        if free.isEmpty { host.disk.journals.append(journal) }
    }

    private var world: World { host.world }
    private var isAlive: Bool { host.keeper === self || host.retired.contains { $0 === self } }

    /// Does something later if this keeper still lives then.
    private func after(_ delay: Int, _ body: @escaping () -> Void) {
        world.after(delay) { [weak self] in
            if let self, isAlive { body() }
        }
    }

    /// Takes up what there is.
    func begin() {
        examine(machine.recover())
        let others = host.disk.journals.filter { $0 !== journal && !host.isHeld($0) }
        if !others.isEmpty { takeOver(others) }
        wake()
    }

    /// Its memory is gone; of what it was writing some may have come to the disk.
    func end() {
        guard !collected.isEmpty, world.chance.happens(300) else { return }
        journal.write(collected.prefix(world.chance.pick(1...collected.count)))
    }

    // MARK: - Other keepers

    /// Makes way for a successor once all that was decided is durable.
    func retire() {
        machine.retire()
        older = []
        wake()
    }

    private func readOlder() {
        var remaining: [(journal: Disk.Journal, position: Int)] = []
        var abandoned: [Disk.Journal] = []
        for (journal, position) in older {
            machine.learn(Array(journal.entries[min(position, journal.entries.count)...]))
            if host.isHeld(journal) {
                remaining.append((journal, journal.entries.count))
            } else {
                abandoned.append(journal)
            }
        }
        older = remaining
        guard !abandoned.isEmpty, !host.mayDie(self) else { return }
        takeOver(abandoned)
        guard older.isEmpty, !host.mayDie(self) else { return }
        let open = machine.adoptForeign()
        if !open.isEmpty { world.rare.note(.adoptedForeign) }
        examine(open)
    }

    /// Writes what journals that nobody holds say into its own, and removes them.
    private func takeOver(_ abandoned: [Disk.Journal]) {
        journal.rewrite(machine.presentEntries)
        host.disk.journals.removeAll { journal in abandoned.contains { $0 === journal } }
    }

    // MARK: - Requests

    /// Takes orders; `then` hears the answers.
    func start(_ orders: [Order], _ then: @escaping ([StartAnswer]) -> Void) {
        let batch = Batch(orders.count)
        for (position, order) in orders.enumerated() {
            guard isAlive else { return }
            if let answer = take(order) {
                batch.answers[position] = answer
            } else {
                waiting[order.line.id, default: []].append((batch, position))
            }
        }
        answer { then(batch.answers.compactMap(\.self)) }
    }

    private func take(_ order: Order) -> StartAnswer? {
        var ruling = machine.judge(order.start, at: host.moment.sinceBoot)
        while true {
            switch ruling {
            case .answer(let answer):
                note(answer)
                return answer
            case .wait:
                if launching[order.line.id] == nil { launching[order.line.id] = order.line }
                return nil
            case .makeFolder, .clearFolder:
                if ruling == .clearFolder { host.disk.folders[order.line.id] = nil }
                let folder = makeFolder(order.line.id)
                guard !host.mayDie(self) else { return nil }
                ruling = machine.made(folder, for: order.start, at: host.moment)
            case .examine:
                examine([order.line.id])
                return machine.status(of: order.line.id).map(StartAnswer.status)
            }
        }
    }

    private func makeFolder(_ id: AttemptID) -> KeeperMachine.Folder {
        if let folder = host.disk.folders[id] { return .existed(hasLog: folder.hasLog) }
        guard !host.isDiskFull else { return .failed(reason: "the disk is full", canNote: true) }
        host.disk.folders[id] = Disk.Folder()
        return .made
    }

    private func note(_ answer: StartAnswer) {
        switch answer {
        case .status(.running): world.rare.note(.doubleOrder)
        case .status: world.rare.note(.lateOrder)
        case .refused(let reason):
            let signs: [(String, Rare)] = [
                ("older than", .forgottenOrder), ("for boot", .otherBoot), ("too long", .orderTooLate),
                ("full", .diskFull),
            ]
            for (sign, rare) in signs where reason.contains(sign) { world.rare.note(rare) }
        }
    }

    /// Says what became of attempts; those that never came get a tombstone.
    func ask(_ ids: [AttemptID], _ then: @escaping ([AttemptStatus]) -> Void) {
        var statuses: [AttemptStatus] = []
        for id in ids {
            guard let status = ask(id) else { return }
            statuses.append(status)
        }
        answer { then(statuses) }
    }

    private func ask(_ id: AttemptID) -> AttemptStatus? {
        var ruling = machine.ask(id)
        if ruling == .makeFolder {
            let folder = makeFolder(id)
            guard !host.mayDie(self) else { return nil }
            ruling = machine.made(folder, forQuestionOf: id, at: host.moment)
            world.rare.note(.buried)
        }
        if case .answer(let status) = ruling { return status }
        examine([id])
        return machine.status(of: id)
    }

    func cancel(_ id: AttemptID, _ then: @escaping () -> Void) {
        if let mark = machine.end(id, .cancelled, grace: .seconds(10), at: host.moment.sinceBoot) { put(mark, on: id) }
        answer(then)
    }

    func forget(_ ids: [AttemptID], _ then: @escaping () -> Void) {
        for id in ids where machine.forget(id) { host.disk.folders[id] = nil }
        answer(then)
    }

    func hear(_ clock: KeeperClock) { machine.heard(clock, at: host.moment.sinceBoot) }

    /// Lets an answer go out once all that was decided is durable.
    func answer(_ body: @escaping () -> Void) {
        answers.append(body)
        wake()
    }

    // MARK: - Steps

    private func wake() {
        guard !isStepping else { return }
        isStepping = true
        after(world.chance.pick(0...6)) { [unowned self] in
            readOlder()
            if isAlive { step() }
        }
    }

    private func step() {
        while let step = machine.next() {
            guard !host.mayDie(self) else { return }
            if step == .sync {
                journal.write(collected)
                collected = []
                return after(world.chance.pick(1...12)) { [unowned self] in
                    guard !host.mayDie(self) else { return }
                    journal.sync()
                    machine.synced()
                    self.step()
                }
            }
            perform(step)
            guard isAlive else { return }
        }
        isStepping = false
        journal.write(collected)
        collected = []
        if journal.entries.count > 60, older.isEmpty, !machine.isRetiring { journal.rewrite(machine.presentEntries) }
        let ready = answers
        answers = []
        for answer in ready { answer() }
        guard !machine.isRetiring || host.giveUp(self, isOver: machine.liveCount == 0) else { return }
        plan()
    }

    private func perform(_ step: KeeperMachine.Step) {
        switch step {
        case .release, .sync: break
        case .noteContact(let reading):
            if !host.isDiskFull { host.disk.contact = KeeperClock(bootID: host.bootID, sinceBoot: reading) }
        case .launch(let ids):
            for id in ids where isAlive { launch(id) }
        case .write(let entries): collected += entries
        case .announce(let ids):
            for id in ids {
                // Nobody listens to one that was replaced.
                guard !machine.isRetiring, let status = machine.status(of: id) else { continue }
                note(status)
                host.tell(status, of: id)
            }
        }
    }

    private func launch(_ id: AttemptID) {
        guard let line = launching.removeValue(forKey: id) else { return }
        if host.isDiskFull {
            machine.hadNoSpace(id, "nothing was made")
        } else {
            host.disk.folders[id, default: Disk.Folder()].hasLog = true
            guard !host.mayDie(self) else { return }
            let began = host.moment
            host.begin(line)
            guard !host.mayDie(self) else { return }
            let record = StartRecord(processID: 1, startedAt: began.wall)
            machine.began(id, JournalEntry.Start(record: record, ticks: 0...0, sinceBoot: began.sinceBoot))
        }
        guard let status = machine.status(of: id) else { return }
        for (batch, position) in waiting.removeValue(forKey: id) ?? [] { batch.answers[position] = .status(status) }
    }

    private func note(_ status: AttemptStatus) {
        switch status {
        case .lost(let proof): world.rare.note(proof.contains("restarted") ? .lostByReboot : .lostByKeeper)
        case .ended(let record) where record.cause == .fenced: world.rare.note(.fenced)
        case .ended, .running, .neverStarted: break
        }
    }

    // MARK: - Ends

    /// A child has ended; others of the same attempt may live on.
    func processEnded(_ process: Process, _ ending: ExitRecord.Ending) {
        let exit = KeptAttempt.Exit(ending: ending, at: host.moment)
        switch machine.exited(process.attempt, exit, mark: host.disk.folders[process.attempt]?.mark) {
        case .nothing: break
        case .seal: seal(process.attempt)
        case .look: after(world.chance.pick(0...20)) { [unowned self] in look(process.attempt) }
        }
        wake()
    }

    private func seal(_ id: AttemptID) {
        machine.seal(id, KeeperMachine.EndFacts(logBytes: 0), at: host.moment)
    }

    private func put(_ mark: EndingMark, on id: AttemptID) {
        // It needs no space on the disk.
        host.disk.folders[id]?.mark = mark
        look(id)
        plan()
    }

    /// What is due by the clock, and the looks at what is being ended or has no parent.
    private func plan() {
        if let soonest = machine.soonest {
            let due = max(world.now, host.instant(soonest))
            if timer.map({ due < $0 }) ?? true {
                timer = due
                after(due - world.now) { [unowned self] in
                    guard timer == due else { return }
                    timer = nil
                    keepTime()
                }
            }
        }
        guard !isLooking, !machine.terminating.isEmpty || !machine.orphans.isEmpty || !older.isEmpty else { return }
        isLooking = true
        after(world.chance.pick(20...300)) { [unowned self] in
            isLooking = false
            for id in machine.terminating.union(machine.orphans).sorted() { look(id) }
            wake()
        }
    }

    private func keepTime() {
        let now = host.moment.sinceBoot
        if machine.isSilenceDue(at: now), let clock = host.disk.contact { machine.heard(clock, at: now) }
        for (id, mark) in machine.keepTime(at: now) { put(mark, on: id) }
        wake()
    }

    private func look(_ id: AttemptID) {
        // A look may miss a process whose parent dies while it is born; then the lock is held.
        let isMissed = world.chance.happens(20)
        let sight: KeeperMachine.Sight =
            host.hasProcess(of: id) ? (isMissed ? .nothing(isLockHeld: true) : .found) : .nothing(isLockHeld: false)
        let ruling = machine.look(id, sight, at: host.moment.sinceBoot)
        if ruling.contains(.terminate) { host.terminate(id) }
        if ruling.contains(.kill) { host.kill(id) }
        if ruling.contains(.seal) { seal(id) }
    }

    // MARK: - Recovery

    private func examine(_ ids: [AttemptID]) {
        for id in ids {
            let folder = host.disk.folders[id]
            let traces = KeeperMachine.Traces(
                hasLog: folder?.hasLog ?? false,
                leader: host.start(of: id),
                mark: folder?.mark
            )
            if traces.leader != nil, machine.attempts[id]?.start == nil { world.rare.note(.startUnnoted) }
            machine.examined(id, traces)
            world.rare.note(machine.orphans.contains(id) ? .orphaned : .claimedNeverStarted)
        }
    }
}
