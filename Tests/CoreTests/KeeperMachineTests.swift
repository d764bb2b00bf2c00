import Testing

@testable import Core

/// What a keeper does with orders and questions, and after a restart.
struct KeeperMachineTests {
    private typealias Fixture = KeeperFixture
    private let id = KeeperFixture.id

    // MARK: - Starts

    @Test func `a command starts once its claim is durable, and never again`() {
        var machine = KeeperMachine(bootID: "boot")
        let order = Fixture.order()
        #expect(machine.judge(order, at: .zero) == .makeFolder)
        #expect(machine.made(.made, for: order, at: Fixture.moment(1)) == .wait)
        guard case .write(let entries)? = machine.next() else {
            Issue.record("nothing is written")
            return
        }
        #expect(entries.map(\.id) == [id])
        #expect(machine.judge(order, at: .zero) == .wait, "a copy waits for the same start")
        #expect(machine.next() == .sync)
        #expect(machine.next() == .sync, "until it is done")
        machine.synced()
        #expect(machine.next() == .launch([id]))
        machine.began(id, Fixture.start)
        #expect(machine.judge(order, at: .zero) == .answer(.status(.running(Fixture.start.record))))
        #expect(machine.next() == .write([.started(id, Fixture.start)]))
        #expect(machine.next() == nil, "the process's number need not be durable")
    }

    /// Orders that start nothing, and what is said.
    static let refusals: [(name: String, order: StartOrder, words: String)] = {
        var other = KeeperFixture.order()
        other.bootID = "another"
        var late = KeeperFixture.order()
        late.fence = Fence(after: .seconds(20), contact: KeeperClock(bootID: "boot", sinceBoot: .seconds(79)))
        return [("another boot", other, "meant for boot another"), ("too late", late, "too long")]
    }()

    @Test(arguments: refusals)
    func `an order that must not start is refused`(name: String, order: StartOrder, words: String) {
        var machine = KeeperMachine(bootID: "boot", contact: .seconds(99))
        guard case .answer(.refused(let reason)) = machine.judge(order, at: .seconds(100)) else {
            Issue.record("\(name) is taken")
            return
        }
        #expect(reason.contains(words))
        #expect(machine.next() == nil)
    }

    @Test func `what was forgotten never starts again, also with the next keeper`() {
        var fixture = Fixture.running()
        _ = fixture.machine.exited(id, Fixture.exit(0, at: 101), mark: nil)
        let isForgottenAlive = fixture.machine.forget(id)
        #expect(!isForgottenAlive, "what runs is not forgotten")
        fixture.machine.seal(id, .init(logBytes: 3), at: Fixture.moment(101))
        fixture.settle()
        let isForgotten = fixture.machine.forget(id)
        #expect(isForgotten)
        fixture.settle()
        var next = Fixture(journal: fixture.journal)
        #expect(next.machine.recover() == [])
        for var machine in [fixture.machine, next.machine] {
            guard case .answer(.refused) = machine.judge(Fixture.order(), at: .zero) else {
                Issue.record("it is taken")
                continue
            }
            guard case .answer(.lost) = machine.ask(id) else {
                Issue.record("it never started?")
                continue
            }
        }
    }

    @Test func `a folder that is there already tells how far its start had come`() {
        var machine = KeeperMachine(bootID: "boot")
        let order = Fixture.order()
        #expect(machine.judge(order, at: .zero) == .makeFolder)
        #expect(machine.made(.existed(hasLog: false), for: order, at: Fixture.moment(1)) == .clearFolder)
        #expect(machine.made(.existed(hasLog: true), for: order, at: Fixture.moment(1)) == .examine)
        machine.examined(id, .init(hasLog: true))
        #expect(machine.orphans == [id])
        guard case .answer(.status(.running)) = machine.judge(order, at: .zero) else {
            Issue.record("it is started")
            return
        }
    }

    @Test(arguments: [true, false])
    func `an order that was refused for want of space stays refused`(canNote: Bool) {
        var fixture = Fixture()
        let order = Fixture.order()
        let ruling = fixture.machine.made(.failed(reason: "full", canNote: canNote), for: order, at: Fixture.moment(1))
        #expect(ruling == .answer(.refused(reason: "full")))
        fixture.settle()
        #expect(fixture.journal.count == (canNote ? 1 : 0))
        fixture.order(order, at: 2)
        #expect(fixture.launches == [])
        #expect(fixture.status == .neverStarted(reason: "full"))
    }

    @Test func `a keeper that retires takes nothing new, and still knows what it has`() {
        var fixture = Fixture.running()
        fixture.machine.retire()
        let other = AttemptID(high: id.high, low: id.low + 1)
        guard case .answer(.refused) = fixture.machine.judge(Fixture.order(other), at: .zero) else {
            Issue.record("it is taken")
            return
        }
        #expect(
            fixture.machine.judge(Fixture.order(), at: .zero) == .answer(.status(.running(Fixture.start.record)))
        )
    }

    @Test func `a start for which there is no space never started, and one that cannot be is a failure`() {
        for isFull in [true, false] {
            var machine = KeeperMachine(bootID: "boot")
            _ = machine.made(.made, for: Fixture.order(), at: Fixture.moment(1))
            if isFull {
                machine.hadNoSpace(id, "no space")
            } else {
                machine.couldNotStart(id, "no shell", from: .epoch, to: .epoch)
            }
            #expect(machine.liveCount == 0)
            switch machine.status(of: id) {
            case .neverStarted?: #expect(isFull)
            case .ended(let record)?: #expect(!isFull && record.ending == .notStarted(reason: "no shell"))
            default: Issue.record("it is not over")
            }
        }
    }

    // MARK: - Questions

    @Test(arguments: [
        KeeperMachine.Folder.made, .existed(hasLog: false), .failed(reason: "full", canNote: false),
    ])
    func `who asks about an order that did not come bars its way`(folder: KeeperMachine.Folder) {
        var fixture = Fixture()
        #expect(fixture.machine.ask(id) == .makeFolder)
        guard
            case .answer(.neverStarted(let reason)) = fixture.machine.made(
                folder,
                forQuestionOf: id,
                at: Fixture.moment(1)
            )
        else {
            Issue.record("it is not barred")
            return
        }
        fixture.settle()
        #expect(fixture.journal == [.neverStarted(id, reason: reason)])
        var next = Fixture(journal: fixture.journal)
        _ = next.machine.recover()
        for var machine in [fixture.machine, next.machine] {
            let ruling = machine.judge(Fixture.order(), at: .zero)
            #expect(ruling == .answer(.status(.neverStarted(reason: reason))))
        }
    }

    // MARK: - Restarts

    @Test func `another boot is proof that an attempt is lost`() {
        var next = Fixture(boot: "later", journal: Fixture.running().journal)
        #expect(next.machine.recover() == [])
        next.settle()
        guard case .lost(let proof)? = next.status else {
            Issue.record("it is not lost")
            return
        }
        #expect(proof.contains("restarted"))
        #expect(next.announced == [id])
    }

    @Test func `a claim without a log never started, and one with a log may have`() {
        let claim = Fixture.running().journal.prefix(1)
        for hasLog in [true, false] {
            var next = Fixture(journal: Array(claim))
            #expect(next.machine.recover() == [id])
            next.machine.examined(id, .init(hasLog: hasLog))
            switch next.status {
            case .neverStarted?: #expect(!hasLog)
            case .running?: #expect(hasLog)
            default: Issue.record("\(String(describing: next.status))")
            }
        }
    }

    @Test func `an orphan is lost once nothing of it is left and its lock is free`() {
        var fixture = Fixture.orphaned()
        for sight in [KeeperMachine.Sight.found, .nothing(isLockHeld: true)] {
            #expect(fixture.machine.look(id, sight, at: .seconds(200)) == [])
            #expect(fixture.machine.orphans == [id])
        }
        #expect(fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(200)) == [])
        guard case .lost(let proof)? = fixture.status else {
            Issue.record("it is not lost")
            return
        }
        #expect(proof.contains("process 7 is gone"))
        fixture.settle()
        #expect(fixture.announced == [id])
        #expect(fixture.machine.liveCount == 0)
    }

    @Test func `what a dead keeper wrote is made durable before it is told`() {
        var machine = KeeperMachine(bootID: "boot")
        machine.takeIn([.neverStarted(id, reason: "late")], parentage: .orphan)
        #expect(machine.recover() == [])
        #expect(machine.next() == .sync)
        machine.synced()
        #expect(machine.next() == nil)
    }

    @Test func `an attempt of a keeper that was replaced is that keeper's to end, until it has gone`() {
        var machine = KeeperMachine(bootID: "boot")
        machine.takeIn(Fixture.running().journal, parentage: .foreign)
        #expect(machine.recover() == [])
        #expect(machine.look(id, .nothing(isLockHeld: false), at: .zero) == [])
        #expect(machine.liveCount == 1)
        #expect(machine.adoptForeign() == [id])
        machine.examined(id, .init(hasLog: true))
        _ = machine.look(id, .nothing(isLockHeld: false), at: .zero)
        #expect(machine.liveCount == 0)
    }

    @Test func `an ending that was given back to a replaced keeper goes on when that one is gone`() {
        var fixture = Fixture()
        fixture.machine.takeIn(Fixture.running().journal, parentage: .foreign)
        #expect(fixture.machine.recover() == [])
        let mark = fixture.machine.end(id, .cancelled, grace: .zero, at: .seconds(200))
        #expect(fixture.machine.look(id, .found, at: .seconds(200)) == [.terminate, .kill])
        for _ in 1...2 { #expect(fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(201)) == []) }
        #expect(fixture.machine.terminating == [], "its keeper is the one to say how it ended")
        #expect(fixture.machine.adoptForeign() == [id])
        fixture.machine.examined(id, .init(hasLog: true, mark: mark))
        #expect(fixture.machine.terminating == [id])
        #expect(fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(202)) == [])
        #expect(fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(203)) == .seal)
        fixture.machine.seal(id, .init(logBytes: 0), at: Fixture.moment(203))
        #expect(fixture.record?.cause == .cancelled)
    }

    @Test func `an end that a living keeper wrote is told once it is written here as well`() {
        let record = ExitRecord(ending: .exited(3), startedAt: .epoch, endedAt: .epoch, duration: .zero, logBytes: 0)
        var machine = KeeperMachine(bootID: "boot")
        machine.takeIn(Fixture.running().journal + [.ended(id, record)], parentage: .foreign)
        #expect(machine.recover() == [])
        #expect(machine.status(of: id) == .ended(record))
        guard case .write(let entries)? = machine.next() else {
            Issue.record("nothing is written")
            return
        }
        #expect(entries.last == .ended(id, record))
        #expect(machine.next() == .sync)
        machine.synced()
        #expect(machine.next() == nil)
    }

    @Test func `what the keeper before learns is told by its successor`() {
        var fixture = Fixture()
        fixture.machine.takeIn(Fixture.running().journal, parentage: .foreign)
        _ = fixture.machine.recover()
        let record = ExitRecord(
            ending: .exited(3),
            startedAt: .epoch,
            endedAt: .epoch,
            duration: .zero,
            logBytes: 0
        )
        fixture.machine.learn([.ended(id, record)])
        fixture.settle()
        #expect(fixture.record == record)
        #expect(fixture.announced == [id])
    }
}
