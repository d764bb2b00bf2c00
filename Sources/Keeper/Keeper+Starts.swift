import AttemptProtocol
import Core
import Glibc

extension Keeper {
    /// So many orders are taken in one turn, so that ends and questions are not kept waiting by a long batch.
    private static let ordersPerTurn = 32

    /// Takes the orders whose turn has come; those that may start are claimed.
    func takeOrders() {
        guard !orders.isEmpty else { return }
        let turn = machine.isRetiring ? orders[...] : orders.prefix(Keeper.ordersPerTurn)
        orders.removeFirst(turn.count)
        for queued in turn {
            if let answer = take(queued.order) {
                queued.batch.put(answer, at: queued.position)
            } else {
                waitingForStart[queued.order.id, default: []].append((queued.batch, queued.position))
            }
        }
    }

    /// The answer to an order that starts nothing now; nil once its attempt is claimed.
    private func take(_ order: StartOrder) -> StartAnswer? {
        // What can never start is said before anything is made of it.
        if machine.status(of: order.id) == nil, let fault = fault(in: order) { return .refused(reason: fault) }
        var ruling = machine.judge(order, at: Moment.now().sinceBoot)
        while true {
            switch ruling {
            case .answer(let answer): return answer
            case .wait:
                if launching[order.id] == nil { launching[order.id] = order }
                return nil
            case .makeFolder: ruling = machine.made(makeFolder(for: order), for: order, at: Moment.now())
            case .clearFolder:
                FileTree.remove(state.attempt(order.id))
                var folder = makeFolder(for: order)
                if case .existed = folder {
                    folder = .failed(reason: "\(state.attempt(order.id)) cannot be removed", canNote: true)
                }
                ruling = machine.made(folder, for: order, at: Moment.now())
            case .examine:
                examine([order.id])
                return machine.status(of: order.id).map(StartAnswer.status)
            }
        }
    }

    private func fault(in order: StartOrder) -> String? {
        guard StateDirectory.isSafe(runDirectory: order.runDirectory) else {
            return "'\(order.runDirectory)' cannot be the name of a run's folder"
        }
        if order.shell.first == "" { return "the order names an empty program as its shell" }
        if order.shell.contains(where: { $0.utf8.contains(0) }) || order.workingDirectory?.utf8.contains(0) == true {
            return "the order has a NUL byte in its shell or working directory"
        }
        return CommandEnvironment.fault(in: order)
    }

    /// Makes an attempt's folder with its script, and the run's where need be.
    private func makeFolder(for order: StartOrder) -> KeeperMachine.Folder {
        do throws(SystemFailure) {
            try journal.reserve(entries: 2 * (machine.liveCount + 1) + 2)
            let runFolder = state.run(order.runDirectory)
            guard unsafe mkdir(runFolder, 0o700) == 0 || errno == EEXIST else { throw SystemFailure("make", runFolder) }
            let folder = state.attempt(order.id)
            if unsafe mkdir(folder, 0o700) != 0 {
                guard errno == EEXIST else { throw SystemFailure("make", folder) }
                return .existed(hasLog: hasLog(order.id))
            }
            try writeScript(order)
            return .made
        } catch {
            let reason = error.isLackOfSpace ? Keeper.fullDisk(error, state) : "\(error)"
            return .failed(reason: reason, canNote: journal.hasRoom(entries: 2 * (machine.liveCount + 1) + 3))
        }
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

    private static func fullDisk(_ failure: SystemFailure, _ state: StateDirectory) -> String {
        "the disk that holds \(state.path) is full, so nothing can be started here until there is space again: \(failure)"
    }

    /// Starts commands whose claims are durable.
    func launch(_ ids: [AttemptID]) {
        // A successor that looks for the processes of an attempt must not find this keeper among them.
        defer { ProcessTag.clear() }
        for id in ids {
            guard let order = launching.removeValue(forKey: id) else { continue }
            launch(order)
            guard let status = machine.status(of: id) else { continue }
            for (batch, position) in waitingForStart.removeValue(forKey: id) ?? [] {
                batch.put(.status(status), at: position)
            }
        }
    }

    private func launch(_ order: StartOrder) {
        let before = Moment.now()
        let plan = LimitPlan(order.limits, controllers: groups?.controllers)
        switch launcher.start(order, plan) {
        case .started(let process):
            let start = JournalEntry.Start(
                record: StartRecord(processID: process, startedAt: before.wall),
                ticks: before.ticks...Moment.now().ticks,
                sinceBoot: before.sinceBoot
            )
            machine.began(order.id, start)
            children[process] = order.id
            holds[order.id] = Hold(
                limitNote: plan.note,
                hasGroup: plan.hasGroup,
                hostKillsBefore: hostKills.known(at: before.sinceBoot)
            )
            watchLog(of: order.id)
        case .diskFull(let reason):
            groups?.remove(order.id)
            machine.hadNoSpace(order.id, reason)
        case .failed(let reason):
            if plan.hasGroup { groups?.remove(order.id) }
            machine.couldNotStart(order.id, reason, from: before.wall, to: Moment.now().wall)
        }
    }
}
