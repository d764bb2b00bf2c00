import Core

/// The command of an attempt, which bears witness of its beginning and end to the checks alone.
struct Process {
    let attempt: AttemptID
    let instance: Int
    let host: Int
    let ignoresTerm: Bool
    /// Whether a process of its group outlives its leader where that heeds TERM.
    let leavesMember: Bool
    let publishesNonsense: Bool
    let startedAt: Int
    var endedAt: Int?
    var isLeaderGone = false
    /// How its leader really ended; nil: with its host.
    var ended: ExitRecord.Ending?
}

/// What the command of an attempt will do: always the same for the same attempt of the same seed.
struct Behaviour {
    /// In milliseconds.
    let duration: Int
    let ending: ExitRecord.Ending
    let ignoresTerm: Bool
    let leavesMember: Bool
    let publishesNonsense: Bool
    /// Its environment cannot be filled in, so that it is never sent.
    let isUnfit: Bool

    init(of line: MemoryStore.AttemptLine, _ world: World) {
        let key = world.store.instances[line.instance].key
        let place =
            UInt64(line.run) << 32 ^ UInt64(key.task) << 20 ^ UInt64(key.mapIndex + 1) << 10 ^ UInt64(line.number)
        var chance = SplitMix64(seed: SplitMix64.mix(world.scenario.seed ^ place &* 0x9E37_79B9))
        let usual = chance.happens(100) ? chance.pick(8_000...25_000) : chance.pick(20...4_000)
        switch chance.below(100) {
        case 0..<72: ending = .exited(0)
        case 72..<76: ending = .exited(99)
        case 76..<79: ending = .signalled(11)
        default: ending = .exited(1)
        }
        ignoresTerm = chance.happens(150)
        publishesNonsense = chance.happens(30)
        isUnfit = chance.happens(15)
        leavesMember = chance.happens(250)
        // What is to outlast a silence must be long.
        duration = line.silenceLimit != nil && chance.happens(300) ? usual * 15 : usual
    }
}

extension World {
    /// Starts a process; returns its number.
    func begin(_ order: MemoryStore.AttemptLine, on host: Host, _ behaviour: Behaviour) -> Int {
        let process = Process(
            attempt: order.id,
            instance: order.instance,
            host: host.index,
            ignoresTerm: behaviour.ignoresTerm,
            leavesMember: behaviour.leavesMember,
            publishesNonsense: behaviour.publishesNonsense,
            startedAt: now
        )
        tell("\(host.name) starts \(order.id) for \(behaviour.duration) ms")
        checkStart(of: process)
        processes.append(process)
        mix(order.id.low)
        return processes.count - 1
    }

    /// Ends what lives of a process; nil: together with its host.
    func end(process index: Int, _ ending: ExitRecord.Ending?) {
        guard processes[index].endedAt == nil else { return }
        processes[index].endedAt = now
        tell("the process of \(processes[index].attempt) ends: \(ending.map { "\($0)" } ?? "with its host")")
        mix(processes[index].attempt.low &+ 1)
        noteEnd(process: index, ending)
    }

    /// Ends a process's leader, and with it the whole unless a member of its group outlives it.
    func endMain(process index: Int, _ ending: ExitRecord.Ending) {
        guard processes[index].endedAt == nil, !processes[index].isLeaderGone else { return }
        guard processes[index].leavesMember else { return end(process: index, ending) }
        rare.note(.memberOutlived)
        noteEnd(process: index, ending)
    }

    private func noteEnd(process index: Int, _ ending: ExitRecord.Ending?) {
        guard !processes[index].isLeaderGone else { return }
        processes[index].isLeaderGone = true
        processes[index].ended = ending
        if let ending { hosts[processes[index].host].processEnded(processes[index], ending) }
    }

    /// Whether no message passes between a server and a runner at present.
    func isCut(_ server: Int, _ runner: Int) -> Bool { now < cutUntil[server][runner] }

    /// Whether this one message gets lost.
    func isLost() -> Bool { !isHealed && chance.happens(scenario.noise.lost) }
}
