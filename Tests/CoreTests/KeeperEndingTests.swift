import Testing

@testable import Core

/// How a keeper ends attempts, and when it says so.
struct KeeperEndingTests {
    private typealias Fixture = KeeperFixture
    private let id = KeeperFixture.id

    @Test func `a command that ends by itself is over at once`() {
        var fixture = Fixture.running()
        #expect(fixture.machine.exited(id, Fixture.exit(3, at: 105), mark: nil) == .seal)
        fixture.machine.seal(id, .init(logBytes: 9, notes: ["a", "b"]), at: Fixture.moment(105))
        #expect(fixture.record?.ending == .exited(3))
        #expect(fixture.record?.cause == .itself)
        #expect(fixture.record?.duration == .seconds(5))
        #expect(fixture.record?.note == "a; b")
        #expect(fixture.announced == [], "it is not durable yet")
        fixture.settle()
        #expect(fixture.announced == [id])
    }

    @Test func `TERM comes first, KILL after the grace, and the end once nothing was found twice`() {
        var fixture = Fixture.running()
        let mark = fixture.machine.end(id, .cancelled, grace: .seconds(10), at: .seconds(110))
        #expect(mark == EndingMark(cause: .cancelled, killAt: .seconds(120)))
        #expect(fixture.machine.look(id, .found, at: .seconds(110)) == .terminate)
        #expect(fixture.machine.look(id, .found, at: .seconds(119)) == [])
        #expect(fixture.machine.look(id, .found, at: .seconds(120)) == .kill)
        #expect(fixture.machine.look(id, .found, at: .seconds(121)) == .kill, "whoever was born meanwhile")
        #expect(fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(121)) == .kill, "a zombie is left")
        #expect(fixture.machine.exited(id, Fixture.exit(0, at: 122), mark: nil) == .look)
        #expect(fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(122)) == [])
        #expect(fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(122)) == .seal)
        fixture.machine.seal(id, .init(logBytes: 0), at: Fixture.moment(123))
        #expect(fixture.record?.cause == .cancelled)
    }

    @Test func `a lock that is held asks for more looks`() {
        var fixture = Fixture.running()
        _ = fixture.machine.end(id, .cancelled, grace: .zero, at: .seconds(110))
        _ = fixture.machine.exited(id, Fixture.exit(0, at: 110), mark: nil)
        for _ in 1..<10 { #expect(fixture.machine.look(id, .nothing(isLockHeld: true), at: .seconds(111)) == []) }
        #expect(fixture.machine.look(id, .nothing(isLockHeld: true), at: .seconds(111)) == .seal)
    }

    @Test(arguments: [(first: 10, second: 60, kill: 110), (first: 60, second: 10, kill: 110), (0, 10, 100)])
    func `what is repeated can only become quicker, and keeps its cause`(first: Int, second: Int, kill: Int) {
        var fixture = Fixture.running()
        _ = fixture.machine.end(id, .timedOut, grace: .seconds(first), at: .seconds(100))
        let mark = fixture.machine.end(id, .cancelled, grace: .seconds(second), at: .seconds(100))
        #expect(mark == EndingMark(cause: .timedOut, killAt: .seconds(kill)))
    }

    @Test func `a claim that is cancelled is ended once it has begun`() {
        var fixture = Fixture()
        _ = fixture.machine.made(.made, for: Fixture.order(), at: Fixture.moment(100))
        let mark = fixture.machine.end(id, .cancelled, grace: .zero, at: .seconds(100))
        #expect(mark != nil)
        #expect(fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(100)) == [])
        fixture.settle()
        #expect(fixture.machine.look(id, .found, at: .seconds(101)) == [.terminate, .kill])
    }

    @Test func `what is over is not ended again`() {
        var fixture = Fixture.running()
        _ = fixture.machine.exited(id, Fixture.exit(0, at: 101), mark: nil)
        fixture.machine.seal(id, .init(logBytes: 0), at: Fixture.moment(101))
        let mark = fixture.machine.end(id, .cancelled, grace: .zero, at: .seconds(101))
        #expect(mark == nil)
    }

    @Test(arguments: [true, false])
    func `a timeout is kept by this keeper and by the next`(isNext: Bool) {
        var fixture = isNext ? Fixture.orphaned(timeout: .seconds(30)) : Fixture.running(timeout: .seconds(30))
        #expect(fixture.machine.soonest == .seconds(130))
        #expect(fixture.machine.keepTime(at: .seconds(129)).isEmpty)
        let marks = fixture.machine.keepTime(at: .seconds(130))
        #expect(marks.map(\.id) == [id])
        #expect(marks.map(\.mark) == [EndingMark(cause: .timedOut, killAt: .seconds(140))])
        #expect(fixture.machine.keepTime(at: .seconds(500)).isEmpty)
    }

    @Test func `an ending goes on with the next keeper, which presumes the signal`() {
        let mark = EndingMark(cause: .cancelled, killAt: .seconds(120))
        var fixture = Fixture.orphaned(mark: mark)
        #expect(fixture.machine.terminating == [id])
        #expect(fixture.machine.look(id, .found, at: .seconds(121)) == [.terminate, .kill])
        #expect(fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(121)) == [])
        #expect(fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(121)) == .seal)
        fixture.machine.seal(id, .init(logBytes: 4), at: Fixture.moment(122))
        #expect(fixture.record?.ending == .signalled(9))
        #expect(fixture.record?.cause == .cancelled)
        #expect(fixture.record?.note?.contains("presumed") == true)
    }

    @Test func `a keeper that retired records what its successor has ended`() {
        var fixture = Fixture.running()
        fixture.machine.retire()
        let mark = EndingMark(cause: .timedOut, killAt: .seconds(120))
        #expect(fixture.machine.exited(id, Fixture.exit(0, at: 121), mark: mark) == .look)
        #expect(fixture.machine.look(id, .found, at: .seconds(122)) == [], "its successor has sent the signals")
        _ = fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(122))
        #expect(fixture.machine.look(id, .nothing(isLockHeld: false), at: .seconds(122)) == .seal)
        fixture.machine.seal(id, .init(logBytes: 0), at: Fixture.moment(122))
        #expect(fixture.record?.cause == .timedOut)
    }

    // MARK: - Silence

    @Test(arguments: [true, false])
    func `a fence counts from what a server has heard`(isNext: Bool) {
        var fixture = isNext ? Fixture.orphaned(fence: .seconds(40)) : Fixture.running(fence: .seconds(40))
        if isNext {
            // The file of the keeper before has it.
            fixture.machine.heard(KeeperClock(bootID: "boot", sinceBoot: .seconds(100)), at: .seconds(100))
        }
        #expect(fixture.machine.keepTime(at: .seconds(139)).isEmpty)
        fixture.machine.heard(KeeperClock(bootID: "another", sinceBoot: .seconds(130)), at: .seconds(139))
        #expect(fixture.machine.isSilenceDue(at: .seconds(140)), "a reading of another boot is none")
        fixture.machine.heard(KeeperClock(bootID: "boot", sinceBoot: .seconds(120)), at: .seconds(139))
        fixture.machine.heard(KeeperClock(bootID: "boot", sinceBoot: .seconds(110)), at: .seconds(139))
        #expect(fixture.machine.soonest == .seconds(160), "an older reading changes nothing")
        #expect(fixture.machine.next() == .noteContact(.seconds(120)))
        let marks = fixture.machine.keepTime(at: .seconds(160))
        #expect(marks.map(\.mark.cause) == [.fenced])
        #expect(fixture.machine.keepTime(at: .seconds(900)).isEmpty)
    }

    @Test func `a reading from the future is taken for one of now`() {
        var fixture = Fixture.running(fence: .seconds(40))
        fixture.machine.heard(KeeperClock(bootID: "boot", sinceBoot: .seconds(9_999)), at: .seconds(120))
        #expect(fixture.machine.soonest == .seconds(160))
    }
}
