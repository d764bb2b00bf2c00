import Core

/// P4: from a trigger by the API to the first task's start.
struct TriggerToStart: Measurement {
    static let number = "P4"
    static let summary = "from a trigger by the API to the first task's start"

    private static let file = DAGText(
        name: "single",
        text: "tasks:\n  only: {env: {WITNESS: ../witness}, run: 'echo \"$EPOCHREALTIME\" >> \"$WITNESS\"'}\n"
    )

    func measure(_ bench: Bench) async throws -> [Finding] {
        try await MeasuredServer.with(bench, files: [Self.file]) { server in
            let api = try server.api()
            var samples = Samples()
            var limits = [try await StepLimit.measure(on: server, bench)]
            for round in 0..<(bench.repetitions(100) + 3) {
                let begun = Machine.wallClock()
                _ = try api.post("dags/single/runs")
                try await server.waitForRuns(of: "single")
                guard let started = server.takeWitness().first?.first.flatMap({ Double($0) }) else {
                    throw BenchFailure.strange(what: "the task was not seen")
                }
                // The first few find a cold server.
                if round >= 3 { samples.add((started - begun) * 1000) }
            }
            limits.append(try await StepLimit.measure(on: server, bench))
            let limit = StepLimit.middle(limits)
            return [
                Finding(
                    row: Self.number,
                    work: "API trigger to the first task's start",
                    figures: samples.figures(.milliseconds, p50: .atMost(5)),
                    limit: limit.figure,
                    notes: [limit.note]
                )
            ]
        }
    }
}

/// P5: the whole command that triggers.
struct CommandTrigger: Measurement {
    static let number = "P5"
    static let summary = "`rota trigger`, the whole command"

    func measure(_ bench: Bench) async throws -> [Finding] {
        let file = DAGText(name: "single", text: "tasks:\n  only: {run: /bin/true}\n")
        return try await MeasuredServer.with(bench, files: [file]) { server in
            let trigger = Program(server.rota, ["trigger", "single", "--data", server.data])
            let version = Program(server.rota, ["--version"])
            var (samples, starts) = (Samples(), Samples())
            for round in 0..<(bench.repetitions(40) + 3) {
                let start = try Self.time(version)
                let whole = try Self.time(trigger)
                try await server.waitForRuns(of: "single")
                guard round >= 3 else { continue }
                starts.add(start)
                samples.add(whole)
            }
            return [
                Finding(
                    row: Self.number,
                    work: "CLI trigger: whole command",
                    figures: samples.figures(.milliseconds, p50: .atMost(30)),
                    limit: Figure("`rota --version`", starts.median, .milliseconds)
                )
            ]
        }
    }

    private static func time(_ program: Program) throws(BenchFailure) -> Double {
        let start = ContinuousClock.now
        let end = try program.run()
        let milliseconds = start.duration(to: .now) / .milliseconds(1)
        guard end.status == 0 else {
            throw .command(line: ([program.path] + program.arguments).joined(separator: " "), status: end.status)
        }
        return milliseconds
    }
}

/// P6: from a tick of the schedule to the first task's start.
struct TickToStart: Measurement {
    static let number = "P6"
    static let summary = "from a tick of the schedule to the first task's start"

    /// Cron ticks once a minute; an interval takes the same way through the scheduler and gives more of them.
    private static let file = DAGText(
        name: "ticking",
        text: """
            schedule: {every: 1s}
            tasks:
              only: {env: {WITNESS: ../witness}, run: 'echo "$ROTA_LOGICAL_DATE $EPOCHREALTIME" >> "$WITNESS"'}

            """
    )

    func measure(_ bench: Bench) async throws -> [Finding] {
        try await MeasuredServer.with(bench, files: [Self.file]) { server in
            let limit = try await StepLimit.measure(on: server, bench)
            _ = server.takeWitness()
            let count = bench.repetitions(40)
            try await Machine.pause(.seconds(count + 2))
            var samples = Samples()
            // The first ones find a cold server.
            for line in server.takeWitness().dropFirst(2) where line.count == 2 {
                guard let tick = Timestamp(rfc3339: line[0]), let start = Double(line[1]) else { continue }
                samples.add((start - Double(tick.microseconds) / 1_000_000) * 1000)
            }
            guard !samples.values.isEmpty else { throw BenchFailure.strange(what: "no tick was seen") }
            return [
                Finding(
                    row: Self.number,
                    work: "tick to the first task's start",
                    figures: samples.figures(.milliseconds, p50: .atMost(10), p99: .atMost(50)),
                    limit: limit.figure,
                    notes: ["\(samples.values.count) ticks of `every: 1s`, one run each", limit.note]
                )
            ]
        }
    }
}
