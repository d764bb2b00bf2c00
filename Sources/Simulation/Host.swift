import Core

/// A runner's host: a disk with folders of attempts, a keeper, and the processes that it started.
///
/// What the keeper has written survives its death; what it only had in memory does not. A reboot ends every process.
final class Host {
    let index: Int
    let slots: Int
    let name: String
    unowned let world: World
    private(set) var boot = 1
    private(set) var disk = 1
    var folders: [AttemptID: Folder] = [:]
    private var forgotten: Set<AttemptID> = []
    /// The keeper's number, which grows with each start; nil while there is none.
    private(set) var keeper: Int?
    private var lastKeeper = 0
    private var listeners: [(seat: Seat, session: Int)] = []
    private(set) var stalledUntil = 0
    private var isHostDown = false
    /// The newest reading of its clock, in this boot, that a server has heard; it stands on the disk.
    private var contact = 0

    /// Who answers.
    struct Identity: Equatable {
        var boot: Int
        var disk: Int
    }

    /// An attempt's folder and what the journal says of it.
    struct Folder {
        var state: State
        var bootClaimed: Int
        var process: Int?
        /// Set once its end has begun, which also stands on disk.
        var cause: ExitRecord.Cause?
        var killAt = 0
        var keeper: Int
        var timeoutAt: Int?
        /// After how long a silence it is ended.
        var fence: Int?

        enum State {
            case claimed
            case running
            case ended(ExitRecord)
            case lost(proof: String)
            case neverStarted
        }

        var isOver: Bool {
            switch state {
            case .claimed, .running: false
            case .ended, .lost, .neverStarted: true
            }
        }

        var status: AttemptStatus {
            switch state {
            case .claimed, .running: .running(StartRecord(processID: 1, startedAt: Scenario.beginning))
            case .ended(let record): .ended(record)
            case .lost(let proof): .lost(proof: proof)
            case .neverStarted: .neverStarted(reason: "its order had not arrived when it was asked about")
            }
        }
    }

    init(_ index: Int, _ slots: Int, _ world: World) {
        self.index = index
        self.slots = slots
        name = "r\(index)"
        self.world = world
        startKeeper()
    }

    var identity: Identity { Identity(boot: boot, disk: disk) }

    /// Does something later if this keeper still lives then.
    private func after(_ delay: Int, _ body: @escaping () -> Void) {
        let keeper = keeper
        world.after(delay) { [unowned self] in
            if let keeper, keeper == self.keeper { body() }
        }
    }

    // MARK: - Life

    private func startKeeper() {
        guard keeper == nil, !isHostDown else { return }
        lastKeeper += 1
        keeper = lastKeeper
        for id in folders.keys.sorted() { examine(id) }
    }

    /// Finds out what became of an attempt whose keeper is gone.
    private func examine(_ id: AttemptID) {
        guard var folder = folders[id], !folder.isOver else { return }
        if folder.bootClaimed != boot {
            world.rare.note(.lostByReboot)
            folder.state = .lost(proof: "the host was restarted")
        } else if case .claimed = folder.state {
            world.rare.note(.claimedNeverStarted)
            folder.state = .neverStarted
        } else {
            world.rare.note(.orphaned)
            after(250) { [unowned self] in lookAfterOrphan(id) }
            if let due = folder.timeoutAt {
                after(due - world.now) { [unowned self] in end(id, .timedOut, grace: 10_000) }
            }
            if folder.fence != nil { after(0) { [unowned self] in watchFence(id) } }
            if folder.cause != nil { after(folder.killAt - world.now) { [unowned self] in kill(id) } }
        }
        folders[id] = folder
    }

    private func lookAfterOrphan(_ id: AttemptID) {
        guard let folder = folders[id], !folder.isOver, let process = folder.process else { return }
        guard world.processes[process].endedAt != nil else {
            return after(250) { [unowned self] in lookAfterOrphan(id) }
        }
        if let cause = folder.cause {
            finish(id, record(.signalled(15), cause))
        } else {
            world.rare.note(.lostByKeeper)
            folders[id]?.state = .lost(proof: "its keeper ended before it did, and nothing of it is left")
            tell(id)
        }
    }

    func keeperDies(for span: Int) {
        guard keeper != nil else { return }
        // What was claimed and not yet durable leaves a folder without a word in the journal, which is as good as none.
        for id in folders.keys.sorted() {
            if case .claimed = folders[id]?.state, world.chance.happens(500) { folders[id] = nil }
        }
        keeper = nil
        hangUp()
        world.after(span) { [unowned self] in startKeeper() }
    }

    func reboot(for span: Int, wipesDisk: Bool) {
        guard !isHostDown else { return }
        keeperDies(for: span + 1)
        isHostDown = true
        for index in world.processes.indices where world.processes[index].host == self.index {
            world.end(process: index, nil)
        }
        world.after(span) { [unowned self] in comeUp(wipesDisk: wipesDisk) }
    }

    private func comeUp(wipesDisk: Bool) {
        guard isHostDown else { return }
        isHostDown = false
        boot += 1
        contact = 0
        if wipesDisk {
            disk += 1
            folders = [:]
            forgotten = []
        }
        startKeeper()
    }

    func stall(for span: Int) { stalledUntil = max(stalledUntil, world.now + span) }

    func heal() {
        stalledUntil = 0
        comeUp(wipesDisk: false)
        startKeeper()
    }

    // MARK: - Listeners

    func add(listener seat: Seat, _ session: Int) {
        listeners.removeAll { $0.seat.session != $0.session }
        if seat.session == session { listeners.append((seat, session)) }
    }

    /// Every stream of events breaks; its reader hears of it soon.
    private func hangUp() {
        for (seat, session) in listeners {
            seat.server.after(world.chance.pick(5...3_000)) {
                if seat.session == session { seat.end(.silent) }
            }
        }
        listeners = []
    }

    /// Breaks the stream to one server, which hears of it once it has missed signs of life.
    func breakStream(to server: Server) {
        for (seat, session) in listeners where seat.server === server {
            server.after(world.chance.pick(500...15_000)) {
                if seat.session == session { seat.end(.silent) }
            }
        }
        listeners.removeAll { $0.seat.server === server }
    }

    /// Tells everybody who listens how an attempt ended; a message that is lost breaks its stream.
    private func tell(_ id: AttemptID) {
        guard let status = folders[id]?.status else { return }
        for (seat, session) in listeners {
            if world.isCut(seat.server.index, index) || world.isLost() {
                world.rare.note(.eventLost)
                listeners.removeAll { $0.seat === seat }
                seat.server.after(world.chance.pick(500...15_000)) {
                    if seat.session == session { seat.end(.silent) }
                }
            } else {
                seat.server.after(world.hop() + 1) {
                    if seat.session == session { seat.take(status, of: id) }
                }
            }
        }
    }

    // MARK: - Orders

    /// What the keeper does with an order; nil: its answer comes once the claim is durable.
    func take(_ order: MemoryStore.AttemptLine, heard: Int) -> StartAnswer? {
        if let folder = folders[order.id], world.mutation != .startsAgain {
            if case .claimed = folder.state { return nil }
            world.rare.note(folder.isOver ? .lateOrder : .doubleOrder)
            return .status(folder.status)
        }
        if forgotten.contains(order.id), world.mutation != .startsAgain {
            world.rare.note(.forgottenOrder)
            return .refused(reason: "it may have run before")
        }
        guard order.boot == boot else {
            world.rare.note(.otherBoot)
            return .refused(reason: "the order is meant for another boot")
        }
        guard let keeper else { return .refused(reason: "there is no keeper") }
        let fence = order.silenceLimit.map { limit in
            let clock = KeeperClock(bootID: "", sinceBoot: .zero)
            let after = Fence(limit: limit, grace: .seconds(10), contact: clock).after
            return Int(after.clampedMicroseconds / 1_000)
        }
        if let fence {
            note(heard: heard, boot: order.boot)
            // Not by what was heard since: by then the attempt may have been given up already.
            guard world.now < heard + fence || world.mutation == .startsLateOrders else {
                world.rare.note(.orderTooLate)
                return .refused(reason: "the order has been on its way for too long")
            }
        }
        folders[order.id] = Folder(state: .claimed, bootClaimed: boot, keeper: keeper, fence: fence)
        return nil
    }

    /// Takes note that a server has heard a reading of this boot's clock.
    func note(heard: Int, boot: Int) {
        if boot == self.boot { contact = max(contact, heard) }
    }

    /// Ends an attempt once its silence is over.
    private func watchFence(_ id: AttemptID) {
        guard let folder = folders[id], !folder.isOver, let fence = folder.fence else { return }
        guard world.now >= contact + fence else {
            return after(contact + fence - world.now) { [unowned self] in watchFence(id) }
        }
        guard world.mutation != .fencesNothing else { return }
        world.rare.note(.fenced)
        end(id, .fenced, grace: 10_000)
    }

    /// Starts what was claimed, once that is durable.
    func startClaimed(_ order: MemoryStore.AttemptLine) {
        guard let folder = folders[order.id], case .claimed = folder.state else { return }
        let behaviour = Behaviour(of: order, world)
        let process = world.begin(order, on: self, behaviour)
        folders[order.id]?.state = .running
        folders[order.id]?.process = process
        if let timeout = world.store.task(of: order.instance).timeout {
            let span = Int(timeout.clampedMicroseconds / 1_000)
            folders[order.id]?.timeoutAt = world.now + span
            after(span) { [unowned self] in end(order.id, .timedOut, grace: 10_000) }
        }
        watchFence(order.id)
        world.after(behaviour.duration) { [unowned world] in world.end(process: process, behaviour.ending) }
    }

    /// What became of an attempt; one that never arrived gets a tombstone.
    func status(of id: AttemptID) -> AttemptStatus {
        if let folder = folders[id] { return folder.status }
        if forgotten.contains(id) { return .lost(proof: "its folder was removed") }
        world.rare.note(.buried)
        if world.mutation != .buriesNothing {
            folders[id] = Folder(state: .neverStarted, bootClaimed: boot, keeper: lastKeeper)
        }
        return .neverStarted(reason: "its order had not arrived when it was asked about")
    }

    /// Begins to end an attempt.
    func end(_ id: AttemptID, _ cause: ExitRecord.Cause, grace: Int) {
        guard let folder = folders[id], case .running = folder.state, let process = folder.process else { return }
        let killAt = world.now + grace
        if folder.cause == nil {
            folders[id]?.cause = cause
            folders[id]?.killAt = killAt
            if world.mutation == .endsBeforeGone { finish(id, record(.signalled(15), cause)) }
        }
        if !world.processes[process].ignoresTerm {
            world.after(world.chance.pick(1...1_500)) { [unowned world] in world.end(process: process, .signalled(15)) }
        }
        after(grace) { [unowned self] in kill(id) }
    }

    private func kill(_ id: AttemptID) {
        guard let process = folders[id]?.process else { return }
        world.end(process: process, .signalled(9))
    }

    func forget(_ ids: [AttemptID]) {
        for id in ids {
            guard let folder = folders[id], folder.isOver else { continue }
            folders[id] = nil
            forgotten.insert(id)
        }
    }

    // MARK: - Ends

    /// A process has ended: its keeper, if it is the parent, writes that down, and tells of it once it is durable.
    func processEnded(_ process: Process) {
        guard let keeper, let folder = folders[process.attempt], !folder.isOver, folder.keeper == keeper,
            let ending = process.ended
        else { return }
        let record = record(ending, folder.cause ?? .itself)
        if world.mutation == .tellsBeforeDurable {
            let id = process.attempt
            folders[id]?.state = .ended(record)
            tell(id)
            folders[id]?.state = .running
        }
        after(world.chance.pick(1...30)) { [unowned self] in finish(process.attempt, record) }
    }

    private func finish(_ id: AttemptID, _ record: ExitRecord) {
        guard let folder = folders[id], !folder.isOver else { return }
        folders[id]?.state = .ended(record)
        tell(id)
    }

    private func record(_ ending: ExitRecord.Ending, _ cause: ExitRecord.Cause) -> ExitRecord {
        ExitRecord(
            ending: ending,
            cause: cause,
            startedAt: Scenario.beginning,
            endedAt: Scenario.beginning,
            duration: .zero,
            logBytes: 0
        )
    }
}
