import Core
import Glibc
import TestKit

// MARK: - Daemons, keepers and hosts

extension Fault {
    static let onRunners = [
        Fault("F05", "the daemons of runners are killed while tasks run and end") { fleet in
            let run = try await fleet.begin()
            for name in ["shelf", "far"] {
                fleet.daemons[name]?.signal(SIGKILL)
                _ = try await fleet.daemons[name]?.result()
            }
            try await fleet.finishUnseen(run)
            for name in ["shelf", "far"] { try await fleet.comeBack(name) }
            try await fleet.awaitRun(run, "success")
        },
        Fault("F06", "keepers are killed: what ends without one is lost with proof, and tried again") { fleet in
            let run = try await fleet.begin()
            for name in ["a", "b", "shelf", "far"] { try await fleet.killKeeper(of: name) }
            // They run on, so nobody may call them lost.
            try await eventually("new keepers") { ["shelf", "far"].allSatisfy { fleet.keeper(of: $0) != nil } }
            guard try await fleet.rows(fleet.attempts(of: run) + " AND a.state = 'lost'").isEmpty else {
                throw StationError.failed("an attempt that runs is called lost")
            }
            try fleet.open(run)
            try await fleet.awaitRun(run, "success")
        },
        Fault("F11", "the host of a runner is restarted") { fleet in
            let run = try await fleet.begin()
            try await fleet.endHost("shelf")
            try TextFile.write("boot-after-\(run)\n", to: fleet.bootFile)
            try await fleet.comeBack("shelf")
            try await fleet.awaitAttempts(run, "lost", count: 1)
            try fleet.open(run)
            try await fleet.awaitRun(run, "success")
            let proofs = try await fleet.rows(fleet.attempts(of: run, "a.reason") + " AND a.state = 'lost'")
            guard proofs.allSatisfy({ $0.contains("restarted") }) else { throw StationError.failed("\(proofs)") }
        },
        Fault("F12", "the disk of a runner is wiped: nothing is proved, and a person decides") { fleet in
            let run = try await fleet.begin()
            try await fleet.endHost("shelf")
            _ = try await Program.run("/bin/rm", ["-rf", "--", "\(fleet.station.folder)/shelf"])
            try await fleet.comeBack("shelf")
            try await fleet.awaitAttempts(run, "unreachable", count: 1)
            try fleet.open(run)
            try await eventually("the others") {
                try await fleet.rows(fleet.attempts(of: run) + " AND a.state = 'success'").count == 3
            }
            guard try await fleet.rows(fleet.attempts(of: run) + " AND a.state = 'unreachable'").count == 1 else {
                throw StationError.failed("a wiped disk was taken for a proof")
            }
            let mark = try await fleet.ask("b", "tasks", "mark", run, "shelf", "--state", "success")
            guard mark.exitCode == 0 else { throw StationError.failed("\(mark)") }
            try await fleet.awaitRun(run, "success")
        },
        Fault("F13", "the host of a runner is there twice: the second is refused, and says why") { fleet in
            let run = try await fleet.begin()
            let copy = try await fleet.copyFar(of: run)
            try await eventually("a refusal") {
                String(decoding: copy.errorOutput, as: UTF8.self).contains("the same state directory as another one")
            }
            let reasons = try await fleet.rows("SELECT copy_reason FROM runner WHERE name = 'far'")
            guard reasons.joined().contains("alive as runner 'far'") else { throw StationError.failed("\(reasons)") }
            copy.signal(SIGTERM)
            _ = try await copy.result()
            if let keeper = fleet.keeper(of: "far-copy") { Glibc.kill(keeper, SIGKILL) }
            try fleet.open(run)
            try await fleet.awaitRun(run, "success")
        },
        Fault("F42", "a runner dies with an order in its hands, before it starts it") { fleet in
            let daemon = fleet.daemons["shelf"]
            for line in fleet.lines(to: "shelf") {
                line.set(CuttableProxy.Trap(["POST /runner/v1/start"], .before) { daemon?.signal(SIGKILL) })
            }
            let run = try await fleet.trigger("held")
            try await eventually("a dead daemon") { daemon?.hasEnded == true }
            for line in fleet.lines(to: "shelf") { line.set(nil as CuttableProxy.Trap?) }
            try await fleet.comeBack("shelf")
            try fleet.open(run)
            try await fleet.awaitRun(run, "success")
        },
        Fault("F50", "the disk of a runner refuses to make anything durable", isSoon: false) { fleet in
            let run = try await fleet.begin()
            let before = try await fleet.journals(of: "shelf")
            let strace = try fleet.refuseSync(of: "shelf")
            try await eventually("a refused fdatasync") {
                // Whoever is asked to end writes that down.
                if !(try await fleet.refusals()).isEmpty { return true }
                try fleet.open(run)
                return false
            }
            try await eventually("the others") {
                try await fleet.rows(fleet.attempts(of: run) + " AND a.state = 'success'").count == 3
            }
            guard
                try await fleet.rows(fleet.attempts(of: run) + " AND a.state = 'success' AND a.runner = 'shelf'")
                    .isEmpty
            else { throw StationError.failed("an end was told that is not durable") }
            strace.signal(SIGINT)
            _ = try await strace.result()
            try await fleet.awaitRun(run, "success")
            // What a disk has refused once may count as written there: only another file can be trusted.
            let after = try await fleet.journals(of: "shelf")
            guard after != before else { throw StationError.failed("the journal is the same: \(after)") }
        },
        Fault("F59", "descriptors run out in servers, daemons and keepers") { fleet in
            let run = try await fleet.begin()
            var hungry = [fleet.servers["a"], fleet.daemons["shelf"], fleet.daemons["far"]].compactMap { $0?.processID }
            hungry += ["shelf", "far"].compactMap { fleet.keeper(of: $0) }
            let before = try await fleet.limit(hungry, to: "8")
            fleet.links["a.shelf"]?.set(.cut)
            fleet.links["a.far"]?.set(.cut)
            let other = try await fleet.trigger("fleet")
            try await fleet.finishUnseen(run)
            fleet.links["a.shelf"]?.set(.open)
            fleet.links["a.far"]?.set(.open)
            _ = try await fleet.limit(hungry, to: before)
            try await fleet.awaitRun(run, "success")
            try await fleet.awaitRun(other, "success")
        },
    ]
}

extension FaultStation {
    /// Ends everything of a runner's host at once, as a power cut does.
    func endHost(_ name: String) async throws {
        let folder = "\(station.folder)/\(name)"
        let now = try await rows("SELECT extract(epoch FROM clock_timestamp())").joined()
        testimony.unkept.append((name, now))
        daemons[name]?.signal(SIGKILL)
        _ = try await daemons[name]?.result()
        if let keeper = keeper(of: name) { Glibc.kill(keeper, SIGKILL) }
        try await eventually("an empty host") {
            let left = Processes.all.filter {
                SeenProcess($0).isAlive && TextFile.read("/proc/\($0)/environ")?.contains(folder) == true
            }
            for process in left { Glibc.kill(process, SIGKILL) }
            return left.isEmpty
        }
    }

    /// Starts the host of `far` a second time, from a copy of its disk and with a boot of its own.
    func copyFar(of run: String) async throws -> Program {
        let folder = "\(station.folder)/far-copy"
        _ = try await Program.run("/bin/rm", ["-rf", "--", folder])
        let copied = try await Program.run("/bin/cp", ["-a", "--", "\(station.folder)/far", folder])
        guard copied.exitCode == 0 else { throw StationError.failed("\(copied)") }
        // A copied disk does not know that it was copied, and a copied folder does.
        unsafe unlink(folder + "/place")
        try station.put("boot-of-copy", "copy-after-\(run)\n")
        return try station.launch(
            ["runner"] + Self.names.flatMap { ["--server", "http://127.0.0.1:\(port("\($0).far"))"] }
                + ["--state", folder],
            environment: ["ROTA_BOOT_ID_FILE": "\(station.folder)/boot-of-copy"]
        )
    }

    /// Lets every fsync of a runner's keeper fail, until the program that does it is interrupted.
    func refuseSync(of runner: String) throws -> Program {
        let path = "/usr/bin/strace"
        guard let keeper = keeper(of: runner) else { throw StationError.failed("no keeper") }
        return try Program(
            path,
            [
                "-f", "-qq", "-o", station.folder + "/strace", "-e", "trace=fsync,fdatasync", "-e",
                "inject=fsync,fdatasync:error=EIO", "-p", "\(keeper)",
            ],
            environment: ["PATH": "/usr/bin:/bin"]
        )
    }

    /// The lines that tell of calls that were refused on purpose.
    func refusals() async throws -> [String] {
        (TextFile.read(station.folder + "/strace") ?? "").split(separator: "\n").map(String.init)
            .filter { $0.contains("INJECTED") }
    }

    /// The names of a keeper's journals.
    func journals(of runner: String) async throws -> [String] {
        let result = try await Program.run(
            "/bin/sh",
            ["-c", "cd \"$0\" && echo journal*", "\(station.folder)/\(runner)"],
            environment: ["PATH": "/usr/bin:/bin"]
        )
        return result.text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// Sets how many descriptors processes may have, and returns the limit of before.
    func limit(_ processes: [Int32], to count: String) async throws -> String {
        var before = ""
        for process in processes {
            let place = ["--pid", "\(process)"]
            let shown = try await Program.run(
                "/usr/bin/env",
                ["prlimit"] + place + ["--nofile", "--output", "SOFT", "--noheadings"],
                environment: ["PATH": "/usr/bin:/bin"]
            )
            before = shown.text.filter { $0.isNumber }
            let set = try await Program.run(
                "/usr/bin/env",
                ["prlimit"] + place + ["--nofile=\(count):"],
                environment: ["PATH": "/usr/bin:/bin"]
            )
            guard set.exitCode == 0 else { throw StationError.failed("\(set)") }
        }
        return before
    }
}
