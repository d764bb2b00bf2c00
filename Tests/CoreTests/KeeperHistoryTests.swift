import Testing

@testable import Core

/// Random histories of one host: whatever comes in which order, and wherever the keeper or the host dies.
struct KeeperHistoryTests {
    /// A host of which as much is remembered as the claims need.
    private struct World {
        var chance: SplitMix64
        var machine = KeeperMachine(bootID: "0")
        var boot = 0
        var now = 0
        var journal: [JournalEntry] = []
        var durable = 0
        /// Folders, and whether there is a log in them.
        var folders: [AttemptID: Bool] = [:]
        var launching: Set<AttemptID> = []
        var alive: Set<AttemptID> = []
        var started: [AttemptID: Int] = [:]
        /// What was told of an attempt that is over.
        var told: [AttemptID: AttemptStatus] = [:]
        var faults: [String] = []

        static let ids = (1...4).map { AttemptID(high: 0x0192_0000_0000_7000 + UInt64($0), low: 1 << 63) }

        init(seed: UInt64) { chance = SplitMix64(seed: SplitMix64.mix(seed)) }

        var moment: Moment { Moment(wall: Timestamp(seconds: now), sinceBoot: .seconds(now)) }

        func order(_ id: AttemptID) -> StartOrder {
            StartOrder(id: id, bootID: "\(boot)", script: [], runDirectory: "r")
        }

        mutating func pick(_ count: Int) -> Int { Int(chance.next() % UInt64(count)) }

        /// One thing happens.
        mutating func happen() {
            now += pick(3)
            let id = Self.ids[pick(Self.ids.count)]
            switch pick(16) {
            case 0...3: give(id)
            case 4: ask(id)
            case 5: _ = machine.end(id, .cancelled, grace: .seconds(2), at: .seconds(now))
            // Nobody lets go of what they were not told of.
            case 6: if told[id] != nil, machine.forget(id) { folders[id] = nil }
            case 7...8: exit(id)
            case 9...11: look(id)
            case 12: restart(reboots: false)
            case 13: if pick(4) == 0 { restart(reboots: true) }
            default: step(upTo: pick(8))
            }
        }

        private mutating func give(_ id: AttemptID) {
            var ruling = machine.judge(order(id), at: .seconds(now))
            while true {
                switch ruling {
                case .answer: return
                case .wait:
                    launching.insert(id)
                    return
                case .makeFolder, .clearFolder:
                    if ruling == .clearFolder { folders[id] = nil }
                    let folder: KeeperMachine.Folder = folders[id].map { .existed(hasLog: $0) } ?? .made
                    folders[id] = folders[id] ?? false
                    ruling = machine.made(folder, for: order(id), at: moment)
                case .examine: return machine.examined(id, .init(hasLog: true))
                }
            }
        }

        private mutating func ask(_ id: AttemptID) {
            guard machine.ask(id) == .makeFolder else { return }
            let folder: KeeperMachine.Folder = folders[id].map { .existed(hasLog: $0) } ?? .made
            folders[id] = folders[id] ?? false
            if machine.made(folder, forQuestionOf: id, at: moment) == .examine {
                machine.examined(id, .init(hasLog: true))
            }
        }

        private mutating func exit(_ id: AttemptID) {
            guard alive.remove(id) != nil else { return }
            let exit = KeptAttempt.Exit(ending: .exited(0), at: moment)
            if machine.exited(id, exit, mark: nil) == .seal { seal(id) }
        }

        private mutating func look(_ id: AttemptID) {
            let isAlive = alive.contains(id)
            let ruling = machine.look(id, isAlive ? .found : .nothing(isLockHeld: false), at: .seconds(now))
            if ruling.contains(.kill) { exit(id) }
            if ruling.contains(.seal) { seal(id) }
        }

        private mutating func seal(_ id: AttemptID) {
            if alive.contains(id) { faults.append("\(id) is sealed alive") }
            machine.seal(id, .init(logBytes: 0), at: moment)
        }

        /// Goes so many steps.
        private mutating func step(upTo limit: Int) {
            for _ in 0...limit {
                switch machine.next() {
                case .write(let entries)?: journal += entries
                case .sync?:
                    durable = journal.count
                    machine.synced()
                case .launch(let ids)?: for id in ids where launching.remove(id) != nil { launch(id) }
                case .announce, .release, .noteContact: continue
                case nil: return tell()
                }
            }
        }

        private mutating func launch(_ id: AttemptID) {
            let isClaimed = journal[..<durable].contains { entry in
                if case .claimed(id, _) = entry { true } else { false }
            }
            if !isClaimed { faults.append("\(id) starts before its claim is durable") }
            folders[id] = true
            started[id, default: 0] += 1
            alive.insert(id)
            // Where it dies here, nobody has noted the process.
            if pick(10) == 0 { return restart(reboots: false) }
            let start = JournalEntry.Start(
                record: StartRecord(processID: 1, startedAt: .epoch),
                ticks: 0...0,
                sinceBoot: .seconds(now)
            )
            machine.began(id, start)
        }

        /// All is durable: what anybody asks now is told, and must stay so.
        private mutating func tell() {
            for id in Self.ids {
                guard let status = machine.status(of: id) else { continue }
                if let before = told[id], before != status { faults.append("\(id): \(before) became \(status)") }
                switch status {
                case .running: continue
                case .neverStarted where started[id] != nil: faults.append("\(id) never started, and it did")
                case .lost where alive.contains(id): faults.append("\(id) is lost, and lives")
                case .ended, .lost, .neverStarted: told[id] = status
                }
            }
        }

        private mutating func restart(reboots: Bool) {
            launching = []
            if reboots {
                boot += 1
                now = 0
                alive = []
                journal.removeLast(pick(journal.count - durable + 1))
                durable = journal.count
                for id in Self.ids where pick(2) == 0 { folders[id] = nil }
            }
            machine = KeeperMachine(bootID: "\(boot)")
            machine.takeIn(journal, parentage: .orphan)
            for id in machine.recover() { machine.examined(id, .init(hasLog: folders[id] ?? false)) }
        }
    }

    @Test func `each starts at most once, and what was told stays so, wherever it dies`() {
        var starts = 0
        for seed in UInt64(1)...3_000 {
            var world = World(seed: seed)
            for _ in 0..<120 { world.happen() }
            #expect(world.faults == [], "seed \(seed)")
            #expect(world.started.values.allSatisfy { $0 == 1 }, "seed \(seed)")
            starts += world.started.count
        }
        #expect(starts > 3_000)
    }
}
