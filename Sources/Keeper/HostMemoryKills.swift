import Core

/// How many processes this host's kernel has ended for lack of memory since the boot, groups with limits included.
struct HostMemoryKills {
    private var count: Int?
    private var readAt: Duration = .zero

    /// The number as it was at most a second ago; 0 where the host does not tell.
    mutating func known(at now: Duration) -> Int {
        if let count, now - readAt <= .seconds(1) { return count }
        let read = HostMemoryKills.read()
        (count, readAt) = (read, now)
        return read
    }

    /// The number as it is.
    static func read() -> Int {
        ControlGroups.number("oom_kill", in: "/proc/vmstat")
    }
}

extension Keeper {
    /// Whether an attempt ended because memory ran out, and how that is known.
    ///
    /// Without a group of its own the host's count must do: it rose while the attempt ran, and the command, or what its
    /// shell waited for, was ended by a KILL that did not come from here.
    func lackOfMemory(_ attempt: KeptAttempt, _ ending: ExitRecord.Ending) -> (isSo: Bool, note: String?) {
        let hold = holds[attempt.id]
        if hold?.hasGroup == true, let groups, groups.outOfMemoryKills(attempt.id) > 0 {
            return (true, "it needed more memory than its limit, so the kernel ended it")
        }
        let wasKilled = ending == .signalled(9) || ending == .exited(137)
        guard wasKilled, attempt.termination == nil, let before = hold?.hostKillsBefore,
            HostMemoryKills.read() > before
        else { return (false, nil) }
        return (true, "this host ran out of memory while it ran, and its kernel ended processes for that")
    }
}
