import Core

/// A runner's host: a disk, a keeper, and the processes that it started.
///
/// What the keeper has written survives its death; what it only had in memory does not. A reboot ends every process, and
/// takes what was written and not made durable.
final class Host {
    let index: Int
    let slots: Int
    let name: String
    unowned let world: World
    private(set) var boot = 1
    private var bootedAt = 0
    var disk = Disk(number: 1)
    /// Nil while there is none.
    private(set) var keeper: KeeperProcess?
    /// Keepers that were replaced and wait for their last attempts.
    private(set) var retired: [KeeperProcess] = []
    private var listeners: [(seat: Seat, session: Int)] = []
    private(set) var stalledUntil = 0
    private var isHostDown = false
    private var processes: [AttemptID: Int] = [:]

    /// Who answers.
    struct Identity: Equatable {
        var boot: Int
        var disk: Int
    }

    init(_ index: Int, _ slots: Int, _ world: World) {
        self.index = index
        self.slots = slots
        name = "r\(index)"
        self.world = world
        startKeeper()
    }

    var identity: Identity { Identity(boot: boot, disk: disk.number) }
    var bootID: String { "\(boot)" }
    var isDiskFull: Bool { world.now < disk.isFullUntil }

    /// Now, by this host's clocks.
    var moment: Moment {
        Moment(wall: Scenario.beginning + .milliseconds(world.now), sinceBoot: .milliseconds(world.now - bootedAt))
    }

    /// A reading of its clock.
    var clock: KeeperClock { KeeperClock(bootID: bootID, sinceBoot: moment.sinceBoot) }

    /// When its clock shows so much, in the world's milliseconds.
    func instant(_ sinceBoot: Duration) -> Int { bootedAt + Int(sinceBoot.clampedMicroseconds + 999) / 1_000 }

    // MARK: - Life

    private func startKeeper() {
        guard keeper == nil, !isHostDown else { return }
        let keeper = KeeperProcess(self)
        self.keeper = keeper
        keeper.begin()
    }

    /// Whether a keeper, or its host, dies here, between two steps.
    func mayDie(_ dying: KeeperProcess) -> Bool {
        guard !world.isHealed, world.chance.happens(world.scenario.noise.deaths) else { return false }
        world.rare.note(.diedBetween)
        world.tell("\(name): the keeper dies between two steps")
        let span = world.chance.pick(100...4_000)
        if world.chance.happens(300) {
            reboot(for: span, wipesDisk: false)
        } else if dying === keeper {
            keeperDies(for: span)
        } else {
            retiredDies(dying)
        }
        return true
    }

    private func retiredDies(_ dying: KeeperProcess) {
        guard retired.contains(where: { $0 === dying }) else { return }
        dying.end()
        retired.removeAll { $0 === dying }
    }

    /// Whether a living keeper writes a journal.
    func isHeld(_ journal: Disk.Journal) -> Bool {
        keeper?.journal === journal || retired.contains { $0.journal === journal }
    }

    /// A newer one is to take the keeper's place.
    func replaceKeeper() { keeper?.retire() }

    /// A keeper that retires gives up its lock, and when its last attempt is over itself; whether it lives on.
    func giveUp(_ leaving: KeeperProcess, isOver: Bool) -> Bool {
        if leaving === keeper {
            world.rare.note(.keeperReplaced)
            keeper = nil
            retired.append(leaving)
            hangUp()
            if !world.isHealed, world.chance.happens(300) {
                world.after(world.chance.pick(0...4_000)) { [unowned self] in retiredDies(leaving) }
            }
            world.after(world.chance.pick(0...800)) { [unowned self] in startKeeper() }
        }
        if isOver { retired.removeAll { $0 === leaving } }
        return !isOver
    }

    func keeperDies(for span: Int) {
        guard let keeper else { return }
        keeper.end()
        self.keeper = nil
        hangUp()
        world.after(span) { [unowned self] in startKeeper() }
    }

    func reboot(for span: Int, wipesDisk: Bool) {
        guard !isHostDown else { return }
        keeperDies(for: span + 1)
        for keeper in retired { keeper.end() }
        retired = []
        isHostDown = true
        for index in world.processes.indices where world.processes[index].host == self.index {
            world.end(process: index, nil)
        }
        if disk.losePower(&world.chance) { world.rare.note(.journalCut) }
        world.after(span) { [unowned self] in comeUp(wipesDisk: wipesDisk) }
    }

    private func comeUp(wipesDisk: Bool) {
        guard isHostDown else { return }
        isHostDown = false
        boot += 1
        bootedAt = world.now
        if wipesDisk { disk = Disk(number: disk.number + 1) }
        startKeeper()
    }

    func stall(for span: Int) { stalledUntil = max(stalledUntil, world.now + span) }

    func fillDisk(for span: Int) { disk.isFullUntil = max(disk.isFullUntil, world.now + span) }

    func heal() {
        stalledUntil = 0
        disk.isFullUntil = 0
        comeUp(wipesDisk: false)
        startKeeper()
    }

    // MARK: - Processes

    /// Starts the command of an attempt.
    func begin(_ line: MemoryStore.AttemptLine) {
        let behaviour = Behaviour(of: line, world)
        let process = world.begin(line, on: self, behaviour)
        processes[line.id] = process
        world.after(behaviour.duration) { [unowned world] in world.end(process: process, behaviour.ending) }
    }

    /// Whether anything of an attempt lives.
    func hasProcess(of id: AttemptID) -> Bool {
        processes[id].map { world.processes[$0].endedAt == nil } ?? false
    }

    /// The start of an attempt's process, as a look at the living ones shows it.
    func start(of id: AttemptID) -> JournalEntry.Start? {
        guard hasProcess(of: id), let process = processes[id] else { return nil }
        return JournalEntry.Start(
            record: StartRecord(processID: 1, startedAt: Scenario.beginning),
            ticks: 0...0,
            sinceBoot: .milliseconds(world.processes[process].startedAt - bootedAt)
        )
    }

    func publishesNonsense(_ id: AttemptID) -> Bool {
        processes[id].map { world.processes[$0].publishesNonsense } ?? false
    }

    /// Sends TERM, which takes a while to be heeded, if it is.
    func terminate(_ id: AttemptID) {
        guard let process = processes[id], !world.processes[process].ignoresTerm else { return }
        world.after(world.chance.pick(1...1_500)) { [unowned world] in world.endMain(process: process, .signalled(15)) }
    }

    /// Sends KILL, which nothing outlives.
    func kill(_ id: AttemptID) {
        guard let process = processes[id] else { return }
        world.end(process: process, .signalled(9))
    }

    /// A process has ended, or its leader has.
    func processEnded(_ process: Process, _ ending: ExitRecord.Ending) {
        guard !isHostDown else { return }
        for keeper in retired { keeper.processEnded(process, ending) }
        keeper?.processEnded(process, ending)
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
    func tell(_ status: AttemptStatus, of id: AttemptID) {
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
}
