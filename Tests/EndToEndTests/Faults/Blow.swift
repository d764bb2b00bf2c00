import Core
import Glibc
import TestKit

/// A fault that can be done at any moment together with others, for as long as chance says.
struct Blow: Sendable {
    let title: String
    /// Does it and takes it back.
    let strike: @Sendable (FaultStation, inout SplitMix64) async throws -> Void

    private init(_ title: String, _ strike: @escaping @Sendable (FaultStation, inout SplitMix64) async throws -> Void) {
        (self.title, self.strike) = (title, strike)
    }

    /// The blows of a round, in their order.
    static func some(of seed: UInt64) -> [Blow] {
        var dice = SplitMix64(seed: SplitMix64.mix(seed))
        return (0..<(1 + dice.below(4))).map { _ in all[dice.below(all.count)] }
    }

    private static func pause(_ dice: inout SplitMix64, upTo milliseconds: Int) async throws {
        try await Task.sleep(for: .milliseconds(dice.below(milliseconds)))
    }

    private static let all = [
        Blow("F01 a server is killed") { fleet, dice in
            let name = FaultStation.names[dice.below(2)]
            try await fleet.kill(name)
            try await pause(&dice, upTo: 1_000)
            try await fleet.serve(name)
        },
        Blow("F01 a server is killed at a step") { fleet, dice in
            try await fleet.killAt(Fault.Step.all[dice.below(Fault.Step.all.count)])
        },
        Blow("F03 a server is frozen") { fleet, dice in
            let name = FaultStation.names[dice.below(2)]
            fleet.servers[name]?.signal(SIGSTOP)
            try await pause(&dice, upTo: dice.below(4) == 0 ? 16_000 : 3_000)
            fleet.servers[name]?.signal(SIGCONT)
        },
        Blow("F05 a daemon is killed") { fleet, dice in
            try await fleet.replaceDaemon(["shelf", "far"][dice.below(2)])
        },
        Blow("F06 a keeper is killed") { fleet, dice in
            try await fleet.killKeeper(of: ["a", "b", "shelf", "far"][dice.below(4)])
        },
        Blow("F08 SSH connections are cut") { fleet, dice in
            try fleet.sshd.cutConnections()
        },
        Blow("F08 the sshd is killed") { fleet, dice in
            try fleet.sshd.restart()
        },
        Blow("F14 PostgreSQL is killed") { fleet, dice in
            fleet.own.kill()
            try await pause(&dice, upTo: 500)
            await fleet.own.start()
        },
        Blow("F15 the answer to a COMMIT is lost") { fleet, dice in
            let steps = [WatchedStatement.saveRuns, .writeIntents, .endAttempts, .appendLog, .setRunning]
            let step = steps[dice.below(steps.count)]
            for line in fleet.lines(to: "database") {
                line.set(CuttableProxy.Trap([step, .commit].map(\.bytes), .answered("COMMIT")))
            }
            try await pause(&dice, upTo: 1_500)
        },
        Blow("F27 a server is cut off from the database") { fleet, dice in
            let line = fleet.lines(to: "database")[dice.below(2)]
            line.set(dice.below(2) == 0 ? .cut : .frozen)
            try await pause(&dice, upTo: dice.below(4) == 0 ? 14_000 : 3_000)
            line.set(.open)
        },
        Blow("F28 runners are cut off") { fleet, dice in
            let lines = fleet.lines(to: ["box", "far", "shelf"][dice.below(3)])
            for line in lines { line.set(dice.below(2) == 0 ? .cut : .frozen) }
            try await pause(&dice, upTo: dice.below(4) == 0 ? 20_000 : 3_000)
            for line in lines { line.set(.open) }
        },
        Blow("F31 a line carries bytes in one direction") { fleet, dice in
            let line = fleet.allLines[dice.below(fleet.allLines.count)]
            line.set(.deaf(dice.below(2) == 0 ? .toTarget : .fromTarget))
            try await pause(&dice, upTo: 4_000)
            line.set(.open)
        },
        Blow("F32 a line comes and goes") { fleet, dice in
            let line = fleet.allLines[dice.below(fleet.allLines.count)]
            for _ in 0..<8 {
                line.set(dice.below(2) == 0 ? .cut : .frozen)
                try await pause(&dice, upTo: 300)
                line.set(.open)
                try await pause(&dice, upTo: 300)
            }
        },
        Blow("F34 lines are slow") { fleet, dice in
            let slowness = CuttableProxy.Slowness(delay: .milliseconds(dice.below(100)), jitter: .milliseconds(200))
            for line in fleet.runnerLines { line.slow(slowness) }
            try await pause(&dice, upTo: 3_000)
            for line in fleet.runnerLines { line.slow(nil) }
        },
        Blow("F36 an answer breaks off") { fleet, dice in
            let words = ["POST /runner/v1/start", "POST /runner/v1/ask", "GET /runner/v1/attempts"]
            for line in fleet.lines(to: "shelf") {
                line.set(CuttableProxy.Trap([words[dice.below(3)]], .within(dice.below(120))))
            }
            try await pause(&dice, upTo: 2_000)
        },
        Blow("F62 a run is cancelled") { fleet, dice in
            let run = try await fleet.trigger("fleet", at: "a")
            try await pause(&dice, upTo: 1_500)
            try await fleet.cancel(run, at: "b")
        },
        Blow("F65 a server is told to stop") { fleet, dice in
            let name = FaultStation.names[dice.below(2)]
            fleet.servers[name]?.signal(SIGTERM)
            try await pause(&dice, upTo: 500)
            try await fleet.kill(name)
            try await fleet.serve(name)
        },
    ]
}

extension FaultStation {
    /// Strikes again and again while runs are under way.
    func rage(_ blows: [Blow], seed: UInt64) async throws {
        try await allOnline()
        var dice = SplitMix64(seed: seed)
        let run = try await begin(at: Self.names[dice.below(2)])
        for _ in 0..<2 { try await trigger("fleet", at: Self.names[dice.below(2)]) }
        for (number, blow) in blows.enumerated() {
            if number == blows.count / 2 { try open(run) }
            do {
                try await blow.strike(self, &dice)
            } catch let error as StationError {
                // A trigger that got no answer was no promise; one blow may stand in another's way.
                print("\(blow.title): \(error.description.prefix(200))")
            }
        }
        try open(run)
    }

    /// What the servers said last, for whoever has to find out why.
    func lastWords() async -> String {
        var text = ""
        for (name, program) in servers.merging(daemons, uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
            text += "--- \(name)\n" + String(decoding: program.errorOutput.suffix(1_500), as: UTF8.self)
        }
        // The database may be what does not answer.
        let open = try? await rows(
            """
            SELECT d.name || '/' || r.key || ' ' || t.task_id || ' ' || t.state || coalesce(' ' || a.state, '')
                || coalesce(' on ' || a.runner, '') || coalesce(': ' || a.reason, '') || coalesce(' hold ' || t.hold, '')
            FROM task_instance t JOIN dag_run r ON r.id = t.run_id JOIN dag d ON d.id = r.dag_id
                LEFT JOIN attempt a ON a.task_instance_id = t.id AND a.ended_at IS NULL
            WHERE t.ended_at IS NULL AND t.state <> 'waiting' LIMIT 30
            """
        )
        return text + "--- under way\n" + (open ?? []).joined(separator: "\n")
    }
}
