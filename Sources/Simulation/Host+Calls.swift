import Core

/// What a command published, as the server reads it.
struct ReadOutput {
    /// A sentence where it cannot be used.
    var problem: String?
}

// Calls from a server over a network that loses, delays, doubles and reorders; nil or false: no answer in time.

extension Host {
    /// After how long a server gives up waiting for an answer.
    private static let callLimit = 8_000

    /// Sends a request and brings the answer back.
    ///
    /// `work` gets whether it is the first copy of the request, and says when its answer is ready.
    private func call<R>(
        from server: Server,
        _ work: @escaping (_ isFirst: Bool, _ answer: @escaping (R) -> Void) -> Void,
        _ then: @escaping (R?) -> Void
    ) {
        var isOpen = true
        let close = { (result: R?) in
            guard isOpen else { return }
            isOpen = false
            then(result)
        }
        server.after(Self.callLimit) { close(nil) }
        deliver(from: server, isFirst: true, work) {
            close($0)
        } refuse: {
            close(nil)
        }
        if !world.isHealed, world.chance.happens(world.scenario.noise.doubled) {
            world.rare.note(.messageDoubled)
            let delay = world.chance.pick(1...12_000)
            world.after(delay) { [unowned self] in
                deliver(from: server, isFirst: false, work) { _ in
                } refuse: {
                }
            }
        }
    }

    private func deliver<R>(
        from server: Server,
        isFirst: Bool,
        _ work: @escaping (_ isFirst: Bool, _ answer: @escaping (R) -> Void) -> Void,
        _ then: @escaping (R) -> Void,
        refuse: @escaping () -> Void
    ) {
        guard !world.isCut(server.index, index), !world.isLost() else { return }
        world.after(world.hop() + 1) { [unowned self] in
            arrive(from: server, isFirst: isFirst, work, then, refuse: refuse)
        }
    }

    private func arrive<R>(
        from server: Server,
        isFirst: Bool,
        _ work: @escaping (_ isFirst: Bool, _ answer: @escaping (R) -> Void) -> Void,
        _ then: @escaping (R) -> Void,
        refuse: @escaping () -> Void
    ) {
        if world.now < stalledUntil {
            world.rare.note(.answeredLate)
            return world.after(stalledUntil - world.now) { [unowned self] in
                arrive(from: server, isFirst: isFirst, work, then, refuse: refuse)
            }
        }
        guard keeper != nil else { return server.after(world.hop()) { refuse() } }
        work(isFirst) { [unowned self] result in
            guard !world.isCut(server.index, index), !world.isLost() else {
                world.rare.note(.answerLost)
                return
            }
            server.after(world.hop() + 1) { then(result) }
        }
    }

    func identify(from server: Server, _ then: @escaping (Identity?) -> Void) {
        call(from: server) { [unowned self] _, answer in
            answer(identity)
        } _: {
            then($0)
        }
    }

    /// Asks who it is, tells which reading of its clock was heard, and hears another one.
    func greet(
        heard: KeeperClock?,
        from server: Server,
        _ then: @escaping ((identity: Identity, clock: KeeperClock)?) -> Void
    ) {
        call(from: server) { [unowned self] _, answer in
            if let heard { keeper?.hear(heard) }
            answer((identity, clock))
        } _: {
            then($0)
        }
    }

    /// Opens a stream of events; the answer says that it is open.
    func listen(_ seat: Seat, _ session: Int, _ then: @escaping (Bool) -> Void) {
        call(from: seat.server) { [unowned self] isFirst, answer in
            if isFirst { add(listener: seat, session) }
            answer(true)
        } _: { (isOpen: Bool?) in
            then(isOpen ?? false)
        }
    }

    func ask(_ ids: [AttemptID], from server: Server, _ then: @escaping ([AttemptStatus]?) -> Void) {
        call(from: server) { [unowned self] _, answer in
            keeper?.ask(ids, answer)
        } _: {
            then($0)
        }
    }

    /// Gives orders; each answer tells what became of it, once that is durable.
    func start(
        _ orders: [MemoryStore.AttemptLine],
        heard: KeeperClock,
        from server: Server,
        _ then: @escaping ([StartAnswer]?) -> Void
    ) {
        let orders = orders.map { KeeperProcess.Order(line: $0, start: order(for: $0, heard: heard)) }
        call(from: server) { [unowned self] _, answer in
            keeper?.start(orders, answer)
        } _: {
            then($0)
        }
    }

    private func order(for line: MemoryStore.AttemptLine, heard: KeeperClock) -> StartOrder {
        StartOrder(
            id: line.id,
            bootID: "\(line.boot)",
            script: [],
            runDirectory: "r",
            timeout: world.store.task(of: line.instance).timeout,
            fence: line.silenceLimit.map { Fence(limit: $0, grace: .seconds(10), contact: heard) }
        )
    }

    func cancel(_ id: AttemptID, from server: Server, _ then: @escaping (Bool) -> Void) {
        call(from: server) { [unowned self] _, answer in
            keeper?.cancel(id) { answer(true) }
        } _: { (isDone: Bool?) in
            then(isDone ?? false)
        }
    }

    func readOutput(of id: AttemptID, from server: Server, _ then: @escaping (ReadOutput?) -> Void) {
        call(from: server) { [unowned self] _, answer in
            answer(ReadOutput(problem: publishesNonsense(id) ? "it published no number" : nil))
        } _: {
            then($0)
        }
    }

    func forget(_ ids: [AttemptID], from server: Server, _ then: @escaping (Bool) -> Void) {
        call(from: server) { [unowned self] _, answer in
            keeper?.forget(ids) { answer(true) }
        } _: { (isDone: Bool?) in
            then(isDone ?? false)
        }
    }
}
