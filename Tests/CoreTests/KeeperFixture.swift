@testable import Core

/// A machine with the smallest host that can be: every step succeeds at once, and tells what it was.
struct KeeperFixture {
    static let id = AttemptID(high: 0x0192_0000_0000_7001, low: 0x8000_0000_0000_0001)
    static let start = JournalEntry.Start(
        record: StartRecord(processID: 7, startedAt: .epoch),
        ticks: 0...0,
        sinceBoot: .seconds(100)
    )

    var machine: KeeperMachine
    private(set) var journal: [JournalEntry] = []
    private(set) var launches: [AttemptID] = []
    private(set) var announced: [AttemptID] = []

    init(boot: String = "boot", journal: [JournalEntry] = [], contact: Duration = .zero) {
        machine = KeeperMachine(bootID: boot, contact: contact)
        self.journal = journal
        machine.takeIn(journal, parentage: .orphan)
    }

    /// One whose attempt runs.
    static func running(timeout: Duration? = nil, fence: Duration? = nil) -> KeeperFixture {
        var fixture = KeeperFixture()
        fixture.order(order(timeout: timeout, fence: fence), at: 100)
        return fixture
    }

    /// One whose attempt runs and whose keeper is another than the one that started it.
    static func orphaned(timeout: Duration? = nil, fence: Duration? = nil, mark: EndingMark? = nil) -> KeeperFixture {
        var fixture = KeeperFixture(journal: running(timeout: timeout, fence: fence).journal)
        for id in fixture.machine.recover() { fixture.machine.examined(id, .init(hasLog: true, mark: mark)) }
        fixture.settle()
        return fixture
    }

    static func order(_ id: AttemptID = id, timeout: Duration? = nil, fence: Duration? = nil) -> StartOrder {
        StartOrder(
            id: id,
            bootID: "boot",
            script: [],
            runDirectory: "r",
            timeout: timeout,
            fence: fence.map { Fence(after: $0, contact: KeeperClock(bootID: "boot", sinceBoot: .seconds(100))) }
        )
    }

    static func moment(_ seconds: Int) -> Moment {
        Moment(wall: Timestamp(seconds: seconds), sinceBoot: .seconds(seconds))
    }

    static func exit(_ code: Int32, at seconds: Int) -> KeptAttempt.Exit {
        KeptAttempt.Exit(ending: .exited(code), at: moment(seconds))
    }

    /// Gives an order all the way to its launch.
    mutating func order(_ order: StartOrder, at seconds: Int) {
        guard machine.judge(order, at: .seconds(seconds)) == .makeFolder else { return }
        _ = machine.made(.made, for: order, at: Self.moment(seconds))
        settle()
    }

    /// Goes all steps.
    mutating func settle() {
        while let step = machine.next() {
            switch step {
            case .write(let entries): journal += entries
            case .sync: machine.synced()
            case .launch(let ids):
                launches += ids
                for id in ids { machine.began(id, Self.start) }
            case .announce(let ids): announced += ids
            case .release, .noteContact: continue
            }
        }
    }

    var status: AttemptStatus? { machine.status(of: Self.id) }

    var record: ExitRecord? {
        if case .ended(let record)? = status { record } else { nil }
    }
}
