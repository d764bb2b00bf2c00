/// What a pool decides, as a value: who gets a connection, who waits, what is closed.
///
/// A slot is a right to one connection, open or yet to be opened. Every slot is either free, with an idle connection
/// or without, or held by a lease. Waiters exist only while no slot is free.
struct PoolState<Link, Waiter> {
    /// What the holder of a slot was given.
    enum Slot {
        /// A connection that was in use before.
        case idle(Link)
        /// The right to open one.
        case empty
    }

    /// What the caller of `lease` has to do.
    enum LeaseAction {
        case use(Slot)
        case wait
        case fail
    }

    /// What the caller of `release` has to do.
    enum ReleaseAction {
        case resume(Waiter, Slot)
        case none
        /// The pool is closed: end this connection, and if it was the last, tell those who wait for that.
        case finish(Link?, lastOneOut: [Waiter])
    }

    let size: Int
    private(set) var idle: [Link] = []
    private(set) var leased = 0
    private(set) var isClosed = false
    private var queue: [(id: Int, waiter: Waiter)] = []
    private var closers: [Waiter] = []
    private var nextID = 0

    init(size: Int) {
        precondition(size > 0, "a pool of \(size) connections serves nobody")
        self.size = size
    }

    var waiting: Int { queue.count }

    mutating func makeID() -> Int {
        nextID += 1
        return nextID
    }

    /// The connection used last comes first: the others may be closed by the server as idle.
    mutating func lease() -> LeaseAction {
        guard !isClosed else { return .fail }
        guard leased < size else { return .wait }
        leased += 1
        return .use(idle.popLast().map(Slot.idle) ?? .empty)
    }

    /// Queues a task behind those that wait already.
    mutating func enqueue(_ waiter: Waiter, id: Int) { queue.append((id, waiter)) }

    /// Takes a task that was cancelled out of the queue; nil when it has its slot already.
    mutating func cancel(id: Int) -> Waiter? {
        guard let index = queue.firstIndex(where: { $0.id == id }) else { return nil }
        return queue.remove(at: index).waiter
    }

    /// Gives a slot back, with its connection when that is still sound.
    mutating func release(_ link: Link?) -> ReleaseAction {
        guard !isClosed else {
            leased -= 1
            guard leased == 0 else { return .finish(link, lastOneOut: []) }
            defer { closers = [] }
            return .finish(link, lastOneOut: closers)
        }
        guard queue.isEmpty else {
            // The slot goes from hand to hand, so that nobody who came later can take it.
            return .resume(queue.removeFirst().waiter, link.map(Slot.idle) ?? .empty)
        }
        leased -= 1
        if let link { idle.append(link) }
        return .none
    }

    /// Closes the pool and returns the connections to end and the tasks to refuse.
    mutating func close() -> (links: [Link], refused: [Waiter]) {
        isClosed = true
        defer {
            idle = []
            queue = []
        }
        return (idle, queue.map(\.waiter))
    }

    /// Whether somebody who closes the pool has to wait for leases, and if so, remembers them.
    mutating func awaitLastLease(_ closer: Waiter) -> Bool {
        guard leased > 0 else { return false }
        closers.append(closer)
        return true
    }
}

extension PoolState.Slot: Sendable where Link: Sendable {}
