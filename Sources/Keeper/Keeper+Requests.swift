import AttemptProtocol
import Core
import Glibc

extension Keeper {
    /// Does what a client asks; the answer goes out at the end of the turn.
    func handle(_ frame: Frame, from client: Client) {
        do {
            guard let request = try KeeperRequest(frame) else {
                return answer(
                    .unable("this keeper is too old for a request of kind \(frame.kind)"),
                    to: frame,
                    of: client
                )
            }
            handle(request, frame, client)
        } catch {
            answer(.unable("\(error)"), to: frame, of: client)
        }
    }

    private func handle(_ request: KeeperRequest, _ frame: Frame, _ client: Client) {
        switch request {
        case .hello(let version, let heard):
            if let heard { machine.heard(heard, at: Moment.now().sinceBoot) }
            let isKnown = version >= ProtocolVersion.oldest
            let sentence =
                "this keeper speaks edition \(ProtocolVersion.oldest) of the protocol and later, not \(version)"
            var identity = identity
            identity.sinceBoot = Moment.now().sinceBoot
            identity.bootAge = BootID.age()
            answer(isKnown ? .hello(identity) : .unable(sentence), to: frame, of: client)
        case .start(let batch): queue(batch, frame.request, client)
        case .ask(let ids): answer(.statuses(ids.map(ask)), to: frame, of: client)
        case .cancel(let id, let grace):
            if let mark = machine.end(id, .cancelled, grace: grace, at: Moment.now().sinceBoot) { put(mark, on: id) }
            answer(.done, to: frame, of: client)
        case .subscribe:
            client.isSubscribed = true
            answer(.done, to: frame, of: client)
        case .forget(let ids):
            for id in ids { forget(id) }
            answer(.done, to: frame, of: client)
        case .forgetRun(let name):
            if StateDirectory.isSafe(runDirectory: name) { FileTree.remove(state.run(name)) }
            answer(.done, to: frame, of: client)
        case .list: answer(.listing(listing()), to: frame, of: client)
        case .reap(let processes):
            let strays = Set(listing().strays.map(\.processID))
            for process in processes where strays.contains(process) { kill(process, SIGKILL) }
            answer(.done, to: frame, of: client)
        case .retire:
            retire()
            answer(.done, to: frame, of: client)
        }
    }

    private func answer(_ reply: KeeperReply, to frame: Frame, of client: Client) {
        answers.append((client, reply.frame(request: frame.request)))
    }

    private func queue(_ batch: [StartOrder], _ request: UInt32, _ client: Client) {
        let answering = StartBatch(client: client, request: request, count: batch.count) {
            [unowned self] client, frame in
            answers.append((client, frame))
        }
        for (position, order) in batch.enumerated() {
            orders.append(QueuedOrder(order: order, batch: answering, position: position))
        }
    }

    /// Says what became of an attempt, and puts a tombstone where one never arrived.
    private func ask(_ id: AttemptID) -> AttemptStatus {
        var ruling = machine.ask(id)
        if ruling == .makeFolder { ruling = machine.made(makeTombstone(id), forQuestionOf: id, at: Moment.now()) }
        switch ruling {
        case .answer(let status): return status
        case .makeFolder, .examine:
            examine([id])
            return machine.status(of: id) ?? .lost(proof: "nothing is known of it")
        }
    }

    private func makeTombstone(_ id: AttemptID) -> KeeperMachine.Folder {
        if unsafe mkdir(state.attempt(id), 0o700) == 0 { return .made }
        if errno == EEXIST { return .existed(hasLog: hasLog(id)) }
        let failure = SystemFailure("make", state.attempt(id))
        Keeper.complain("\(failure)")
        return .failed(reason: "\(failure)", canNote: true)
    }

    /// Removes an attempt that is over; one that still runs stays.
    private func forget(_ id: AttemptID) {
        guard machine.forget(id) else { return }
        removeFolder(of: id)
        groups?.remove(id)
    }

    private func removeFolder(of id: AttemptID) {
        let files = [state.script(id), state.log(id), state.output(id), state.ending(id)]
        for file in files { unsafe unlink(file) }
        // Most commands leave nothing else; the way through the whole tree is for those that do.
        if unsafe rmdir(state.attempt(id)) != 0 { FileTree.remove(state.attempt(id)) }
    }

    /// Writes the journal anew when most of it is about attempts that are forgotten.
    func compactIfLong() {
        guard journal.isLong else { return }
        do {
            journal = try journal.rewritten(machine.presentEntries, in: state)
        } catch {
            Keeper.complain("the journal could not be written anew: \(error)")
        }
    }

    private func listing() -> KeeperListing {
        let table = ProcessTable.scan()
        let running = machine.attempts.values.filter { $0.parentage != nil }
        let known = Set(running.flatMap { members(of: $0, table) }.map(\.process))
        let byTag = Dictionary(machine.attempts.keys.map { (ProcessTag.value(for: $0), $0) }) { first, _ in first }
        let own = getpid()
        var strays: [Stray] = []
        for entry in table.entries where !entry.isZombie && !known.contains(entry.process) {
            let attempt = entry.tag.flatMap { byTag[$0] } ?? entry.marker.flatMap { machine.attempts[$0]?.id }
            guard attempt != nil || entry.parent == own else { continue }
            strays.append(Stray(processID: entry.process, name: entry.name, attempt: attempt))
        }
        return KeeperListing(
            running: running.sorted { $0.id < $1.id }.compactMap { attempt in
                guard case .running(let start) = attempt.status else { return nil }
                return KeeperListing.Running(id: attempt.id, start: start)
            },
            strays: strays
        )
    }
}
