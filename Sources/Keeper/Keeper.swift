import AttemptProtocol
import Core
import Glibc

/// The parent of a runner's attempts: one thread that waits for children, clients and deadlines.
///
/// What it may do to attempts is decided by a `KeeperMachine`; it brings that machine what happens and does what it rules.
/// Each turn of its loop collects what happened, makes the facts among it durable at one stroke, and only then starts
/// commands and lets clients hear of it.
final class Keeper {
    let state: StateDirectory
    let identity: KeeperIdentity
    let idleLimit: Duration
    /// Where attempts with limits get groups of their own; nil: nowhere.
    let groups: ControlGroups?
    var journal: Journal
    var launcher: CommandLauncher

    var machine: KeeperMachine
    let contact: ContactFile
    /// What is had on this host for attempts that run as its children.
    var holds: [AttemptID: Hold] = [:]
    /// Attempts that have not ended, by the process that this keeper is the parent of.
    var children: [Int32: AttemptID] = [:]
    /// Attempts that run and whose log has a cap.
    var capped: Set<AttemptID> = []
    var nextTrim: Duration = .zero
    var hostKills = HostMemoryKills()
    var nextLook: Duration = .zero
    var orphanWatches: [AttemptID: OrphanWatch] = [:]
    var nextOrphanLook: Duration = .zero
    var olderJournals: [OlderJournal] = []

    var clients: [Int32: Client] = [:]
    var orders: [QueuedOrder] = []
    /// Orders that were taken and whose claims are not yet durable.
    var launching: [AttemptID: StartOrder] = [:]
    var waitingForStart: [AttemptID: [(batch: StartBatch, position: Int)]] = [:]
    var answers: [(client: Client, frame: Frame)] = []
    var events: [KeeperEvent] = []

    private let signals: Descriptor
    private var listener: Descriptor?
    private var lock: Descriptor?
    private var idleSince: Duration

    /// A start order that waits for its turn, with the batch that its answer belongs to.
    struct QueuedOrder {
        var order: StartOrder
        var batch: StartBatch
        var position: Int
    }

    init(
        state: StateDirectory,
        identity: KeeperIdentity,
        idleLimit: Duration,
        groups: ControlGroups?,
        lock: consuming Descriptor,
        signals: consuming Descriptor,
        journal: consuming Journal
    ) {
        self.state = state
        self.identity = identity
        self.idleLimit = idleLimit
        self.groups = groups
        self.lock = consume lock
        self.signals = signals
        self.journal = journal
        let contact = ContactFile(bootID: identity.bootID, in: state)
        self.contact = contact
        machine = KeeperMachine(bootID: identity.bootID, contact: contact.read()?.sinceBoot ?? .zero)
        launcher = CommandLauncher(state: state, groups: groups)
        idleSince = Moment.now().sinceBoot
    }

    /// Opens the door for clients.
    func listen() throws(SystemFailure) {
        listener = try UnixSocket.listen(folder: state.path, name: StateDirectory.socketName)
        // On a slow disk the way to here may have taken longer than idleness is allowed to last.
        idleSince = Moment.now().sinceBoot
    }

    /// Works until it is idle for long or, when retiring, until its last attempt has ended.
    func run() {
        while true {
            wait()
            takeSignals()
            acceptClients()
            serveClients()
            takeOrders()
            keepTime()
            readOlderJournals()
            publish()
            guard !isDone() else { return }
        }
    }

    /// Gives up the door to a successor, and the lock at the end of the turn; the attempts at hand stay ours until they end.
    func retire() {
        machine.retire()
        listener = nil
        olderJournals.removeAll()
    }

    // MARK: Waiting

    private func wait() {
        var polled: [pollfd] = [pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0)]
        if let number = listenerNumber { polled.append(pollfd(fd: number, events: Int16(POLLIN), revents: 0)) }
        for (number, client) in clients {
            let events = client.isWaitingToWrite ? POLLIN | POLLOUT : POLLIN
            polled.append(pollfd(fd: number, events: Int16(events), revents: 0))
        }
        for watch in orphanWatches.values {
            if let number = watch.number { polled.append(pollfd(fd: number, events: Int16(POLLIN), revents: 0)) }
        }
        _ = unsafe poll(&polled, nfds_t(polled.count), waitingTime())
        for result in polled where result.revents != 0 {
            if let client = clients[result.fd] { client.isReadable = true }
        }
        noteEndedOrphans(polled.filter { $0.revents != 0 }.map(\.fd))
    }

    private var listenerNumber: Int32? {
        switch listener {
        case .some(let descriptor): descriptor.number
        case .none: nil
        }
    }

    /// Milliseconds until something is due; rounded up, so that what is due is due when the wait is over.
    private func waitingTime() -> Int32 {
        if !orders.isEmpty || machine.isWaiting { return 0 }
        var due = [idleSince + idleLimit]
        if let soonest = machine.soonest { due.append(soonest) }
        if !machine.terminating.isEmpty { due.append(nextLook) }
        if !machine.orphans.isEmpty { due.append(nextOrphanLook) }
        if !capped.isEmpty { due.append(nextTrim) }
        let now = Moment.now().sinceBoot
        if !olderJournals.isEmpty { due.append(now + .milliseconds(100)) }
        let rest = (due.min() ?? now) - now
        let milliseconds = rest.clampedMicroseconds / 1000 + 1
        return Int32(clamping: max(0, min(milliseconds, 60_000)))
    }

    private func takeSignals() {
        var buffer = [UInt8](repeating: 0, count: 128 * 8)
        while unsafe read(signals.number, &buffer, buffer.count) > 0 {
            // The first four bytes of each record are the signal's number.
            for start in stride(from: 0, to: buffer.count, by: 128) where buffer[start] == UInt8(SIGTERM) {
                buffer[start] = 0
                retire()
            }
        }
        reapChildren()
    }

    // MARK: Clients

    private func acceptClients() {
        guard let number = listenerNumber else { return }
        while true {
            let flags = Linux.socketClosesOnExec | Linux.socketDoesNotBlock
            let accepted = accept4(number, nil, nil, flags)
            guard accepted >= 0 else { return }
            let socket = Descriptor(owning: accepted)
            guard let user = UnixSocket.peer(of: accepted), user == geteuid() || user == 0 else { continue }
            clients[accepted] = Client(socket: socket)
        }
    }

    private func serveClients() {
        for client in clients.values where client.isReadable {
            client.isReadable = false
            for frame in client.receive() { handle(frame, from: client) }
        }
    }

    // MARK: Publishing

    /// Goes the machine's steps: makes the turn's facts durable, starts what was claimed, and then tells clients.
    private func publish() {
        do throws(SystemFailure) {
            while let step = machine.next() { try perform(step) }
            try journal.flush()
            compactIfLong()
        } catch {
            // Nobody has heard of what is not durable. The next turn tries again; a pause keeps it from spinning.
            Keeper.complain("\(error); trying again")
            usleep(200_000)
            return
        }
        // A successor reads the journals once it has the lock, so all that was claimed here must stand there.
        if machine.isRetiring { lock = nil }
        for (client, frame) in answers { client.send(frame) }
        answers.removeAll(keepingCapacity: true)
        for event in events {
            let frame = event.frame
            for client in clients.values where client.isSubscribed { client.send(frame) }
        }
        events.removeAll(keepingCapacity: true)
        for (number, client) in clients {
            client.flush()
            if client.isOver || (machine.isRetiring && !client.isWaitingToWrite) { clients[number] = nil }
        }
    }

    private func perform(_ step: KeeperMachine.Step) throws(SystemFailure) {
        switch step {
        case .release(let ids): release(ids)
        case .noteContact(let reading): contact.write(reading)
        case .launch(let ids): launch(ids)
        case .write(let entries): for entry in entries { journal.append(entry) }
        case .sync:
            if journal.isSuspect {
                try journal.flush()
                journal = try journal.rewritten(machine.presentEntries, in: state)
            } else {
                try journal.commit()
            }
            machine.synced()
        case .announce(let ids): announce(ids)
        }
    }

    private func isDone() -> Bool {
        if machine.liveCount > 0 || !orders.isEmpty || !olderJournals.isEmpty {
            idleSince = Moment.now().sinceBoot
            return false
        }
        if machine.isRetiring { return clients.values.allSatisfy { !$0.isWaitingToWrite } }
        if !clients.isEmpty {
            idleSince = Moment.now().sinceBoot
            return false
        }
        return Moment.now().sinceBoot - idleSince >= idleLimit
    }

    /// Says something to people, in the keeper's log.
    static func complain(_ sentence: String) {
        let line = Array("\(Moment.now().wall.rfc3339) \(sentence)\n".utf8)
        _ = unsafe write(2, line, line.count)
    }
}
