import Core
import Glibc
import Postgres

/// P8: many new files at once.
struct FilesToForce: Measurement {
    static let number = "P8"
    static let summary = "1,000 new DAG files until all are in force"

    private static let count = 1_000

    func measure(_ bench: Bench) async throws -> [Finding] {
        var generator = bench.generator(for: Self.number)
        let files = (0..<Self.count).map { SampleDAG.file("many_\($0)", using: &generator) }
        return try await MeasuredServer.with(bench, files: [SampleDAG.first]) { server in
            var (samples, checks) = (Samples(), Samples())
            for round in 1...bench.repetitions(3) {
                let folder = "\(server.dags)/round_\(round)"
                try TextFile.makeFolder(folder)
                // A new folder is watched a moment after it was made; what is in it sooner waits for a rescan.
                try await Machine.pause(.milliseconds(500))
                let start = ContinuousClock.now
                for file in files { try file.write(in: folder) }
                try await server.waitForDAGs(1 + round * Self.count, every: .milliseconds(2))
                samples.add(start.duration(to: .now) / .milliseconds(1))
                checks.add(try Self.checkTime(server, folder))
            }
            return [
                Finding(
                    row: Self.number,
                    work: "1,000 new DAG files: all in force",
                    figures: [Figure("p50", samples.median, .milliseconds, goal: .atMost(500))],
                    limit: Figure("`rota validate` of the same files", checks.median, .milliseconds)
                )
            ]
        }
    }

    /// What reading and checking alone takes, a program's start included.
    private static func checkTime(_ server: MeasuredServer, _ folder: String) throws(BenchFailure) -> Double {
        let start = ContinuousClock.now
        let end = try Program(server.rota, ["validate", folder]).run()
        guard end.status == 0 else { throw .command(line: "rota validate \(folder)", status: end.status) }
        return start.duration(to: .now) / .milliseconds(1)
    }
}

/// P9: one file saved.
struct SaveToForce: Measurement {
    static let number = "P9"
    static let summary = "one DAG file saved until it is in force"

    func measure(_ bench: Bench) async throws -> [Finding] {
        var generator = bench.generator(for: Self.number)
        let file = SampleDAG.file("edited", using: &generator)
        return try await MeasuredServer.with(bench, files: [SampleDAG.first, file]) { server in
            var samples = Samples()
            for round in 2...(bench.repetitions(30) + 1) {
                let start = ContinuousClock.now
                try TextFile.replace("\(server.dags)/edited.yaml", with: file.text + "# edit \(round)\n")
                try await server.wait(for: "version \(round) of a file", every: .milliseconds(1)) {
                    let newest: Int = try await server.database.execute(Self.newest)[0].decode(0)
                    return newest >= round
                }
                samples.add(start.duration(to: .now) / .milliseconds(1))
                try await Machine.pause(.milliseconds(50))
            }
            return [
                Finding(
                    row: Self.number,
                    work: "one file saved: in force",
                    figures: samples.figures(.milliseconds, p50: .atMost(200)),
                    limit: nil
                )
            ]
        }
    }

    private static let newest = Statement(
        name: "bench_newest",
        sql: "SELECT v.number FROM dag d JOIN dag_version v ON v.id = d.version_id WHERE d.name = 'edited'"
    )
}

/// Files like those that people have.
enum SampleDAG {
    /// A file that is there from the start.
    static let first = DAGText(name: "first", text: "tasks:\n  only: {run: /bin/true}\n")

    /// A schedule far from now, params, variables and three to eight tasks.
    static func file(_ name: String, using generator: inout SplitMix64) -> DAGText {
        let month = Int.random(in: 1...12, using: &generator)
        let minute = Int.random(in: 0..<60, using: &generator)
        var text = """
            description: Load, check and publish number \(Int.random(in: 0..<1_000, using: &generator)).
            owner: data
            tags: [bench, sample]
            paused: true
            schedule:
              cron: "\(minute) 3 1 \(month) *"
              timezone: Europe/Berlin
            params:
              region: {enum: [emea, amer], default: emea}
            env:
              DAY: "{{ logical_date | date }}"
            defaults:
              retries: {limit: 2, delay: 30s}
              timeout: 20m
            tasks:
              t0:
                run: echo "$DAY" "$ROTA_PARAM_REGION"

            """
        for position in 1..<Int.random(in: 3...8, using: &generator) {
            let needed = Int.random(in: 0..<position, using: &generator)
            text += "  t\(position):\n    needs: t\(needed)\n    run: ./step.sh \"$DAY\" --part \(position)\n"
        }
        return DAGText(name: name, text: text)
    }
}
