import Core
import Glibc
import TestKit

// MARK: - Lines that are cut, silent, slow and unsteady

extension Fault {
    static let onLines = [
        Fault("F08", "SSH clients, sessions and the sshd itself are killed") { fleet in
            let run = try await fleet.begin()
            for process in Processes.all where Processes.program(process) == "ssh" {
                if Processes.words(process).contains(where: { $0.contains(fleet.station.folder) }) {
                    kill(process, SIGKILL)
                }
            }
            try fleet.sshd.cutConnections()
            try await fleet.finishUnseen(run)
            try fleet.sshd.restart()
            try await fleet.awaitRun(run, "success")
        },
        Fault("F28", "no server reaches any runner while tasks end there") { fleet in
            for mode in [CuttableProxy.Mode.cut, .frozen] {
                let run = try await fleet.begin()
                for line in fleet.runnerLines { line.set(mode) }
                try await fleet.finishUnseen(run)
                if !fleet.isShort { try await fleet.awaitAttempts(run, "unreachable", count: 3) }
                for line in fleet.runnerLines { line.set(.open) }
                try await fleet.awaitRun(run, "success")
            }
        },
        Fault("F31", "lines carry bytes in one direction only") { fleet in
            for direction in [CuttableProxy.Direction.toTarget, .fromTarget] {
                let run = try await fleet.begin()
                for line in fleet.runnerLines { line.set(.deaf(direction)) }
                fleet.links["a.database"]?.set(.deaf(direction))
                try await fleet.finishUnseen(run)
                if !fleet.isShort { try await fleet.awaitAttempts(run, "unreachable", count: 3) }
                for line in fleet.allLines { line.set(.open) }
                try await fleet.awaitRun(run, "success")
            }
        },
        Fault("F32", "lines come and go") { fleet in
            let run = try await fleet.begin()
            try await fleet.trigger("fleet")
            let (times, pause) = fleet.isShort ? (4, Duration.milliseconds(250)) : (60, .seconds(1))
            for time in 0..<times {
                for line in fleet.runnerLines { line.set(time % 4 < 2 ? .cut : .frozen) }
                try await Task.sleep(for: pause)
                for line in fleet.runnerLines { line.set(.open) }
                try await Task.sleep(for: pause)
                if time == times / 2 { try fleet.open(run) }
            }
            try await fleet.awaitRun(run, "success")
            // Each loss of a line is a word or two in the history, and no more.
            let words = try await fleet.rows(
                fleet.attempts(of: run, "e.id").replacing(
                    "attempt a JOIN",
                    with: "transition e JOIN attempt a ON a.id = e.attempt_id JOIN"
                )
            ).count
            guard words <= 5 * (3 + 2 * times) else { throw StationError.failed("\(words) changes of attempts") }
        },
        Fault("F33", "all lines are cut one by one, and mended in another order") { fleet in
            var dice = SplitMix64(seed: 33)
            for _ in 0..<(fleet.isShort ? 1 : 5) {
                let run = try await fleet.begin()
                try await fleet.trigger("fleet")
                for line in fleet.allLines.shuffled(using: &dice) {
                    line.set(dice.below(2) == 0 ? .cut : .frozen)
                    try await Task.sleep(for: .milliseconds(dice.below(fleet.isShort ? 60 : 2_000)))
                }
                try await fleet.finishUnseen(run)
                for line in fleet.allLines.shuffled(using: &dice) {
                    line.set(.open)
                    try await Task.sleep(for: .milliseconds(dice.below(fleet.isShort ? 60 : 2_000)))
                }
                try await fleet.awaitRun(run, "success")
            }
        },
        Fault("F34", "lines are slow, unsteady and narrow") { fleet in
            let far = CuttableProxy.Slowness(
                delay: .milliseconds(200),
                jitter: .milliseconds(600),
                bytesPerSecond: 8_000
            )
            let near = CuttableProxy.Slowness(delay: .milliseconds(40), jitter: .milliseconds(60))
            for line in fleet.runnerLines { line.slow(fleet.isShort ? near : far) }
            for line in fleet.lines(to: "database") {
                line.slow(CuttableProxy.Slowness(delay: .milliseconds(3), jitter: .milliseconds(5)))
            }
            let run = try await fleet.trigger("fleet")
            try await fleet.awaitRun(run, "success")
        },
        Fault("F35", "a host is gone without a word, and its connections stay", isSoon: false) { fleet in
            let run = try await fleet.begin()
            for daemon in fleet.daemons.values { daemon.signal(SIGSTOP) }
            for line in fleet.runnerLines { line.set(.frozen) }
            try await fleet.awaitAttempts(run, "unreachable", count: 3)
            try fleet.open(run)
            for daemon in fleet.daemons.values { daemon.signal(SIGCONT) }
            for line in fleet.runnerLines { line.set(.open) }
            try await fleet.awaitRun(run, "success")
        },
        Fault("F36", "answers of runners break off, or come one byte at a time") { fleet in
            let paths = ["POST /runner/v1/start", "POST /runner/v1/ask", "GET /runner/v1/attempts"]
            for path in paths.prefix(fleet.isShort ? 1 : paths.count) {
                for line in fleet.lines(to: "shelf") { line.set(CuttableProxy.Trap([path], .within(40))) }
                let run = try await fleet.begin()
                try fleet.open(run)
                try await fleet.awaitRun(run, "success")
            }
            for line in fleet.runnerLines { line.set(nil as CuttableProxy.Trap?) }
            let run = try await fleet.begin()
            for line in fleet.lines(to: "shelf") { line.slow(CuttableProxy.Slowness(bytesPerSecond: 100)) }
            try await fleet.finishUnseen(run)
            for line in fleet.runnerLines { line.slow(nil) }
            try await fleet.awaitRun(run, "success")
        },
        Fault("F37", "sshd takes the connection and says nothing", isSoon: false) { fleet in
            for line in fleet.lines(to: "box") { line.set(.frozen) }
            try fleet.sshd.cutConnections()
            try await eventually("a runner that cannot be reached, with its reason") {
                try await fleet.rows("SELECT name FROM runner WHERE name = 'box' AND state <> 'online'").count == 1
            }
            for line in fleet.lines(to: "box") { line.set(.open) }
            try await fleet.allOnline()
        },
        Fault("F38", "a host shows another key than before", isSoon: false) { fleet in
            let path = fleet.station.folder + "/known_hosts"
            let known = TextFile.read(path) ?? ""
            let strange = (TextFile.read(fleet.sshd.folder + "/strange_key.pub") ?? "").split(separator: " ").prefix(2)
            let run = try await fleet.begin()
            let changed = known.split(separator: "\n").map { line in
                ([line.split(separator: " ")[0]] + strange).joined(separator: " ") + "\n"
            }
            try TextFile.write(changed.joined(), to: path)
            for line in fleet.lines(to: "box") { line.set(.cut) }
            try await eventually("a held runner") {
                for line in fleet.lines(to: "box") { line.set(.open) }
                return try await fleet.rows("SELECT name FROM runner WHERE name = 'box' AND state = 'held'").count == 1
            }
            try await fleet.finishUnseen(run)
            guard try await fleet.rows(fleet.attempts(of: run) + " AND a.state = 'failed'").isEmpty else {
                throw StationError.failed("an attempt failed because of a key")
            }
            try TextFile.write(known, to: path)
            try await fleet.awaitRun(run, "success")
        },
    ]
}
