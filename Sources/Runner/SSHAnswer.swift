import AttemptProtocol
import Core

/// Reads the far side's frames as facts about attempts.
enum SSHAnswer {
    /// The statuses in the frames that answer `start` or `ask`.
    static func statuses(
        _ frames: [SSHFrame],
        runner: String,
        request: String
    ) throws(RunnerError) -> [AttemptID: StartAnswer] {
        var answers: [AttemptID: StartAnswer] = [:]
        for frame in frames {
            if frame.kind == "unable" { throw .unable(runner: runner, reason: String(frame.text)) }
            guard let (id, answer) = status(frame) else { throw broken(runner: runner, request: request) }
            answers[id] = answer
        }
        return answers
    }

    /// The error of an answer that makes no sense.
    static func broken(runner: String, request: String) -> RunnerError {
        .unable(
            runner: runner,
            reason: "its answer to '\(request)' is not of this protocol; is its state folder damaged?"
        )
    }

    /// The status in a frame that answers `start` or `ask`, with the attempt it is about.
    static func status(_ frame: SSHFrame) -> (AttemptID, StartAnswer)? {
        let words = frame.text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let id = words.first.flatMap({ AttemptID(String($0)) }) else { return nil }
        let rest = words.count == 2 ? words[1] : ""
        switch frame.kind {
        case "never": return (id, .status(.neverStarted(reason: String(rest))))
        case "lost": return (id, .status(.lost(proof: String(rest))))
        case "forgotten":
            return (
                id, .status(.lost(proof: "its folder was removed on the host, which is done once its end is stored"))
            )
        case "refused": return (id, .refused(reason: String(rest)))
        case "running": return startRecord(rest).map { (id, .status(.running($0))) }
        case "ended": return exitRecord(rest).map { (id, .status(.ended($0))) }
        default: return nil
        }
    }

    /// Reads `clock uptime load processors all free`, the clock in hundredths of a second and the memory in KiB.
    static func clock(_ frames: [SSHFrame]) -> (sinceBoot: Duration?, load: RunnerLoad)? {
        guard let frame = frames.first, frame.kind == "clock" else { return nil }
        let words = frame.text.split(separator: " ")
        guard words.count == 5 else { return nil }
        var load = RunnerLoad()
        if let average = Double(String(words[1])), let processors = Double(String(words[2])), processors > 0 {
            load.load = average / processors
        }
        load.memoryFree = HostLoad.freePart(of: Double(String(words[3])), free: Double(String(words[4])))
        return (Int64(words[0]).map { .milliseconds($0 * 10) }, load)
    }

    /// Reads `leader wall up started-up`: the clock was read when the order came, the uptime then and at the start.
    private static func startRecord(_ text: Substring) -> StartRecord? {
        let words = text.split(separator: " ")
        guard words.count == 4, let leader = Int32(words[0]), let wall = microseconds(words[1]),
            let asked = microseconds(words[2]), let started = microseconds(words[3])
        else { return nil }
        return StartRecord(processID: leader, startedAt: Timestamp(microseconds: wall + started - asked))
    }

    /// Reads `kind code cause log left processor wall up started-up ended-up ended-wall reason`.
    private static func exitRecord(_ text: Substring) -> ExitRecord? {
        let words = text.split(separator: " ", maxSplits: 11)
        guard words.count == 12, let code = Int32(words[1]), let cause = ExitRecord.Cause(rawValue: String(words[2])),
            let logBytes = Int64(words[3]), let left = Int(words[4]), let processor = Int64(words[5]),
            let wall = microseconds(words[6]), let asked = microseconds(words[7]),
            let started = microseconds(words[8]), let ended = microseconds(words[9])
        else { return nil }
        let endedAt = microseconds(words[10]) ?? wall + ended - asked
        return ExitRecord(
            ending: words[0] == "failed" ? .notStarted(reason: String(words[11])) : .exited(code),
            cause: cause,
            startedAt: Timestamp(microseconds: wall + started - asked),
            endedAt: Timestamp(microseconds: endedAt),
            duration: .microseconds(max(0, ended - started)),
            // Linux counts a process's time in hundredths of a second on every architecture Swift runs on.
            processorTime: .milliseconds(processor * 10),
            logBytes: logBytes,
            note: words[0] == "failed" ? nil : note(code: code, left: left, more: words[11])
        )
    }

    /// What a shell cannot tell for sure, and what the command left behind.
    private static func note(code: Int32, left: Int, more: Substring) -> String? {
        var parts: [String] = []
        if code > 128, let name = signalName(code - 128) {
            parts.append("exit code \(code): perhaps killed by signal \(code - 128) (\(name))")
        }
        if left > 0 { parts.append("left \(left) process\(left == 1 ? "" : "es") behind") }
        if more != "-" { parts.append(String(more)) }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// The names of the signals that Linux gives the same number on every architecture Swift runs on.
    private static func signalName(_ number: Int32) -> String? {
        let names: [Int32: String] = [
            1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1",
            11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 24: "XCPU", 25: "XFSZ", 31: "SYS",
        ]
        return names[number].map { "SIG" + $0 }
    }

    /// Seconds with any number of decimals, as microseconds.
    private static func microseconds(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let seconds = parts.first.flatMap({ Int64($0) }) else { return nil }
        guard parts.count == 2 else { return seconds * 1_000_000 }
        let digits = (parts[1] + "000000").prefix(6)
        return Int64(digits).map { seconds * 1_000_000 + $0 }
    }
}
