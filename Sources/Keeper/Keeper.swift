import AttemptProtocol
import Core
import Glibc

/// The parent of a runner's attempts: one thread that waits for children, clients and deadlines.
///
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

    var attempts: [AttemptID: Attempt] = [:]
    var forgotten = ForgottenAttempts()
    /// Attempts that have not ended, by the process that this keeper is the parent of.
    var children: [Int32: Attempt] = [:]
    /// Attempts that have not ended.
    var liveCount = 0
    var deadlines = DeadlineQueue()
    var contact: ServerContact
    var terminating: Set<AttemptID> = []
    /// Attempts that run and whose log has a cap.
    var capped: Set<AttemptID> = []
    var nextTrim: Duration = .zero
    var hostKills = HostMemoryKills()
    var nextLook: Duration = .zero
    var orphans: [AttemptID: OrphanWatch] = [:]
    var nextOrphanLook: Duration = .zero
    var olderJournals: [OlderJournal] = []

    var clients: [Int32: Client] = [:]
    var orders: [QueuedOrder] = []
    var claimed: [(attempt: Attempt, order: StartOrder)] = []
    var waitingForStart: [AttemptID: [(batch: StartBatch, position: Int)]] = [:]
    var answers: [(client: Client, frame: Frame)] = []
    var events: [KeeperEvent] = []

    private let signals: Descriptor
    private var listener: Descriptor?
    private var lock: Descriptor?
    private var isRetiring = false
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
        contact = ServerContact(bootID: identity.bootID, in: state)
        launcher = CommandLauncher(state: state, groups: groups)
        idleSince = Moment.now().sinceBoot
    }

    /// Opens the door for clients.
    func listen() throws(SystemFailure) {
        listener = try UnixSocket.listen(folder: state.path, name: StateDirectory.socketName)
        // On a slow disk the way to here may have taken longer than idleness is allowed to last.
        idleSince = Moment.now().sinceBoot
    }

    /// Whether it takes no more attempts.
    var isLeaving: Bool { isRetiring }

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

    /// Gives up the door and the lock to a successor; the attempts at hand stay ours until they end.
    func retire() {
        isRetiring = true
        listener = nil
        for queued in orders {
            queued.batch.put(.refused(reason: "this keeper is being replaced"), at: queued.position)
        }
        orders.removeAll()
        // What older keepers still have to say is the successor's to hear.
        liveCount -= attempts.values.count { $0.parentage == .foreign }
        olderJournals.removeAll()
        lock = nil
    }

    // MARK: Waiting

    private func wait() {
        var polled: [pollfd] = [pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0)]
        if let number = listenerNumber { polled.append(pollfd(fd: number, events: Int16(POLLIN), revents: 0)) }
        for (number, client) in clients {
            let events = client.isWaitingToWrite ? POLLIN | POLLOUT : POLLIN
            polled.append(pollfd(fd: number, events: Int16(events), revents: 0))
        }
        for watch in orphans.values {
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
        if !orders.isEmpty || journal.isWaiting { return 0 }
        var due = [idleSince + idleLimit]
        if let soonest = deadlines.soonest { due.append(soonest) }
        if let soonest = contact.soonest { due.append(soonest) }
        if !terminating.isEmpty { due.append(nextLook) }
        if !orphans.isEmpty { due.append(nextOrphanLook) }
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

    /// Makes the turn's facts durable, starts what was claimed, and then tells clients.
    private func publish() {
        do {
            while journal.isWaiting || !claimed.isEmpty {
                try journal.commit()
                startClaimed()
            }
            try journal.flush()
            compactIfLong()
        } catch {
            // Nobody has heard of what is not durable. The next turn tries again; a pause keeps it from spinning.
            Keeper.complain("\(error); trying again")
            usleep(200_000)
            return
        }
        for (client, frame) in answers { client.send(frame) }
        answers.removeAll(keepingCapacity: true)
        for event in events {
            let frame = event.frame
            for client in clients.values where client.isSubscribed { client.send(frame) }
        }
        events.removeAll(keepingCapacity: true)
        for (number, client) in clients {
            client.flush()
            if client.isOver || (isRetiring && !client.isWaitingToWrite) { clients[number] = nil }
        }
    }

    private func isDone() -> Bool {
        if liveCount > 0 || !orders.isEmpty || !olderJournals.isEmpty {
            idleSince = Moment.now().sinceBoot
            return false
        }
        if isRetiring { return clients.values.allSatisfy { !$0.isWaitingToWrite } }
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
