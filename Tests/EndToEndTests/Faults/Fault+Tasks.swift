import Core
import Glibc
import TestKit

// MARK: - Commands that die, flood and are cancelled, and files that are written badly

extension Fault {
    static let onTasks = [
        Fault("F07", "commands end by every sort of code, and by signals") { fleet in
            let codes = try await fleet.trigger("codes")
            let run = try await fleet.begin()
            for (attempt, process) in fleet.held[run] ?? [:] {
                fleet.testimony.shot.append(attempt)
                Glibc.kill(process, [SIGKILL, SIGSEGV][fleet.testimony.shot.count % 2])
            }
            try await fleet.awaitAttempts(run, "failed", count: 4)
            try fleet.open(run)
            try await fleet.awaitRun(run, "success")
            try await fleet.awaitRun(codes, "failed")
        },
        Fault("F51", "commands print as fast as they can what is no text") { fleet in
            let run = try await fleet.trigger("flood")
            let other = try await fleet.trigger("fleet")
            try await fleet.awaitRun(other, "success")
            try await fleet.awaitRun(run, "success")
        },
        Fault("F53", "DAG files are written badly: half, empty, unreadable, away and back, by way of a link") { fleet in
            try await fleet.writeBadly()
        },
        Fault("F62", "runs are cancelled at every step: queued, starting, running, out of reach, ending, ended") {
            fleet in
            for moment in 0..<(fleet.isShort ? 4 : 20) {
                let run = try await fleet.trigger("fleet")
                // Any moment is right: each is a later one.
                try await Task.sleep(for: .milliseconds(moment * 150))
                try await fleet.cancel(run, at: "a")
            }
            let run = try await fleet.begin()
            try await fleet.cut(fleet.runnerLines)
            try await fleet.cancel(run, at: "a")
            // It cannot be confirmed now, so it is not.
            guard try await fleet.rows(fleet.attempts(of: run) + " AND a.state = 'cancelled'").count <= 1 else {
                throw StationError.failed("a cancel was confirmed by nobody")
            }
            for line in fleet.runnerLines { line.set(.open) }
            try await fleet.awaitRun(run, "cancelled")
            let again = try await fleet.ask("a", "runs", "cancel", run)
            guard again.exitCode != 70 else { throw StationError.failed("\(again)") }
        },
        Fault("F64", "a task kills the keeper of its runner each time", isSoon: false) { fleet in
            try fleet.station.write(
                "poison.yaml",
                "tasks: {t: {runner: far, run: 'kill -9 $PPID; while :; do sleep 0.1; [ -e /proc/$PPID ] || exit 0; done'}}"
            )
            try await fleet.awaitDAG("poison")
            let run = try await fleet.trigger("poison")
            var killed = 0
            // The others there are lost with it, which is why it may not go on for ever.
            try await eventually("the end of \(run)") {
                let lost = try await fleet.rows(
                    fleet.attempts(of: run, "extract(epoch FROM a.ended_at)") + " AND a.state = 'lost'"
                )
                if lost.count > killed {
                    killed = lost.count
                    fleet.testimony.unkept += lost.map { ("far", $0) }
                }
                return try await fleet.rows(
                    "SELECT id FROM dag_run WHERE ended_at IS NOT NULL AND key = '\(run.split(separator: "/")[1])'"
                ).count == 1
            }
            try await fleet.awaitRun(run, "failed")
            let states = try await fleet.rows(fleet.attempts(of: run, "a.state") + " ORDER BY a.number")
            guard states == ["lost", "lost", "lost", "lost"] else { throw StationError.failed("\(states)") }
            let reason = try await fleet.rows(fleet.attempts(of: run, "a.reason") + " AND a.number = 4").joined()
            guard reason.contains("is not tried again") else { throw StationError.failed(reason) }
        },
    ]
}

extension FaultStation {
    /// The attempts of a run that are running, and the processes of their commands by their own word.
    func commands(of run: String) async throws -> [String: Int32] {
        let known = Set(try await rows(attempts(of: run) + " AND a.state = 'running'"))
        var commands: [String: Int32] = [:]
        for line in station.lines(of: "all") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 4, words[0] == "s", known.contains(words[1]) else { continue }
            commands[words[1]] = Int32(words[3])
        }
        return commands
    }

    /// Writes the text of a DAG file in all the ways in which one should not, while the DAG runs.
    func writeBadly() async throws {
        let path = station.dags + "/edited.yaml"
        func text(_ number: Int) -> String {
            "tasks: {t: {run: \"echo \(number) >> \(station.witness)/versions; bash \(station.folder)/act 0 0\"}}\n"
        }
        func put(_ text: String, away: Bool = false) throws {
            if away { unsafe unlink(path) }
            try TextFile.write(text, to: path)
        }
        func awaitVersions(_ count: Int) async throws {
            try await eventually("version \(count) of the file") {
                try await rows("SELECT v.id FROM dag_version v JOIN dag d ON d.id = v.dag_id WHERE d.name = 'edited'")
                    .count >= count
            }
        }
        let first = try await rows(
            "SELECT v.id FROM dag_version v JOIN dag d ON d.id = v.dag_id WHERE d.name = 'edited'"
        ).count
        try put(text(first))
        try await awaitVersions(first + 1)
        // An editor that writes half, and goes on when somebody has looked.
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard descriptor >= 0 else { throw StationError.failed("\(path) cannot be opened") }
        let whole = Array(text(first + 1).utf8)
        _ = unsafe Glibc.write(descriptor, whole, whole.count / 2)
        try await trigger("edited")
        _ = unsafe whole[(whole.count / 2)...].withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        close(descriptor)
        try await awaitVersions(first + 2)
        // Broken, empty, unreadable, a link to nowhere: the last good one stays.
        try put("tasks: {t: {run: \"")
        try await eventually("a word about a broken file") {
            try await rows("SELECT path FROM dag_file_error WHERE path LIKE '%edited.yaml'").count == 1
        }
        try await trigger("edited")
        try put("")
        try await trigger("edited")
        unsafe unlink(path)
        unsafe symlink("/nowhere", path)
        try await trigger("edited")
        // By way of a link that is moved into place, with a time of long ago.
        try station.put("elsewhere.yaml", text(first + 2))
        _ = try await Program.run("/bin/touch", ["-d", "2001-01-01", station.folder + "/elsewhere.yaml"])
        unsafe rename(station.folder + "/elsewhere.yaml", path)
        try await awaitVersions(first + 3)
        try put(text(first + 3), away: true)
        try await awaitVersions(first + 4)
        let last = try await trigger("edited")
        try await awaitRun(last, "success")
        let ran = Set(station.lines(of: "versions"))
        guard ran.isSubset(of: Set((0...(first + 3)).map(String.init))), ran.contains("\(first + 3)") else {
            throw StationError.failed("versions that ran: \(ran)")
        }
        let broken = try await rows(
            "SELECT r.key FROM dag_run r JOIN dag d ON d.id = r.dag_id WHERE d.name = 'edited' AND r.state = 'failed'"
        )
        guard broken.isEmpty else { throw StationError.failed("runs that failed: \(broken)") }
    }
}
