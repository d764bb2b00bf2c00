import AttemptProtocol
import Core
import Glibc

extension Keeper {
    /// So many orders are taken in one turn, so that ends and questions are not kept waiting by a long batch.
    private static let ordersPerTurn = 32

    /// Judges the orders whose turn has come; those that may start are claimed.
    func takeOrders() {
        guard !orders.isEmpty else { return }
        let turn = orders.prefix(Keeper.ordersPerTurn)
        orders.removeFirst(turn.count)
        for queued in turn {
            if let answer = judge(queued.order) {
                queued.batch.put(answer, at: queued.position)
            } else {
                waitingForStart[queued.order.id, default: []].append((queued.batch, queued.position))
            }
        }
    }

    /// The answer to an order that starts nothing now; nil once its attempt is claimed.
    private func judge(_ order: StartOrder) -> StartAnswer? {
        if let attempt = attempts[order.id] {
            if case .claimed = attempt.state { return nil }
            return .status(attempt.status)
        }
        if let refusal = refusal(of: order) { return .refused(reason: refusal) }
        do throws(SystemFailure) {
            try journal.reserve(entries: 2 * (liveCount + 1) + 2)
            let runFolder = state.run(order.runDirectory)
            guard unsafe mkdir(runFolder, 0o700) == 0 || errno == EEXIST else { throw SystemFailure("make", runFolder) }
            let folder = state.attempt(order.id)
            if unsafe mkdir(folder, 0o700) != 0 {
                guard errno == EEXIST else { throw SystemFailure("make", folder) }
                if let attempt = adoptUnknown(order.id) { return .status(attempt.status) }
                // A folder without a log: its keeper died before it could start anything.
                FileTree.remove(folder)
                guard unsafe mkdir(folder, 0o700) == 0 else { throw SystemFailure("make", folder) }
            }
            try writeScript(order)
        } catch {
            return .refused(reason: error.isLackOfSpace ? Keeper.fullDisk(error, state) : "\(error)")
        }
        claim(order)
        return nil
    }

    private func refusal(of order: StartOrder) -> String? {
        if forgotten.covers(order.id) {
            return "attempt \(order.id) is older than what this runner remembers, so it may have run before"
        }
        if let bootID = order.bootID, bootID != identity.bootID {
            return "the order is meant for boot \(bootID) of this host, which is now at \(identity.bootID)"
        }
        if let fence = order.fence {
            note(fence.contact)
            // A later reading says nothing of this order: when it was heard, the attempt may have been given up already.
            guard Moment.now().sinceBoot < fence.contact.sinceBoot + fence.after else {
                return "the order has been on its way for too long: its server may have given the attempt up meanwhile"
            }
        }
        guard StateDirectory.isSafe(runDirectory: order.runDirectory) else {
            return "'\(order.runDirectory)' cannot be the name of a run's folder"
        }
        if order.shell.first == "" { return "the order names an empty program as its shell" }
        if order.shell.contains(where: { $0.utf8.contains(0) }) || order.workingDirectory?.utf8.contains(0) == true {
            return "the order has a NUL byte in its shell or working directory"
        }
        return CommandEnvironment.fault(in: order)
    }

    private func writeScript(_ order: StartOrder) throws(SystemFailure) {
        do throws(SystemFailure) {
            let script = try Descriptor(path: state.script(order.id), flags: O_WRONLY | O_CREAT | O_EXCL)
            try script.write(order.script)
        } catch {
            FileTree.remove(state.attempt(order.id))
            throw error
        }
    }

    private func claim(_ order: StartOrder) {
        let facts = JournalEntry.Claim(
            bootID: identity.bootID,
            claimedAt: Moment.now().wall,
            timeout: order.timeout,
            grace: order.grace,
            fence: order.fence?.after,
            logCap: order.logCap
        )
        let attempt = Attempt(id: order.id, claim: facts, state: .claimed(order))
        attempts[order.id] = attempt
        liveCount += 1
        contact.watch(attempt.id, facts.fence, in: state)
        journal.append(.claimed(order.id, facts))
        claimed.append((attempt, order))
    }

    /// Starts the commands whose claims are durable by now.
    func startClaimed() {
        guard !claimed.isEmpty else { return }
        // A successor that looks for the processes of an attempt must not find this keeper among them.
        defer { ProcessTag.clear() }
        let ready = claimed
        claimed.removeAll(keepingCapacity: true)
        for (attempt, order) in ready {
            let before = Moment.now()
            let plan = LimitPlan(order.limits, controllers: groups?.controllers)
            attempt.limitNote = plan.note
            attempt.hasGroup = plan.hasGroup
            switch launcher.start(order, plan) {
            case .started(let process): began(attempt, process, before)
            case .diskFull(let reason): couldNotBegin(attempt, reason)
            case .failed(let reason): couldNotStart(attempt, reason, before)
            }
            for (batch, position) in waitingForStart.removeValue(forKey: order.id) ?? [] {
                batch.put(.status(attempt.status), at: position)
            }
        }
    }

    private func began(_ attempt: Attempt, _ process: Int32, _ moment: Moment) {
        let start = JournalEntry.Start(
            record: StartRecord(processID: process, startedAt: moment.wall),
            ticks: moment.ticks...Moment.now().ticks,
            sinceBoot: moment.sinceBoot
        )
        attempt.start = start
        attempt.state = .running(.own)
        children[process] = attempt
        attempt.hostKillsBefore = hostKills.known(at: moment.sinceBoot)
        watchLog(of: attempt)
        journal.append(.started(attempt.id, start), isDurable: false)
        if let timeout = attempt.claim.timeout { deadlines.add(attempt.id, due: moment.sinceBoot + timeout) }
    }

    /// Nothing was started because the disk is full: the order may be given again.
    private func couldNotBegin(_ attempt: Attempt, _ reason: String) {
        groups?.remove(attempt.id)
        attempt.state = .neverStarted(reason: Keeper.shortened("the disk of this runner's folder is full: \(reason)"))
        leave(attempt)
        journal.append(attempt.entries[0])
    }

    private static func fullDisk(_ failure: SystemFailure, _ state: StateDirectory) -> String {
        "the disk that holds \(state.path) is full, so nothing can be started here until there is space again: \(failure)"
    }

    private func couldNotStart(_ attempt: Attempt, _ reason: String, _ moment: Moment) {
        finish(
            attempt,
            ExitRecord(
                ending: .notStarted(reason: Keeper.shortened(reason)),
                startedAt: moment.wall,
                endedAt: Moment.now().wall,
                duration: .zero,
                logBytes: 0
            )
        )
    }

    /// A sentence that fits the space which the journal keeps free for each attempt.
    static func shortened(_ sentence: String) -> String {
        let limit = 1000
        guard sentence.utf8.count > limit else { return sentence }
        return String(decoding: sentence.utf8.prefix(limit), as: UTF8.self) + "…"
    }
}
