import ArgumentParser

/// What every command of the bench can be told.
struct BenchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How much of the usual work is done, in percent; more takes longer and wanders less.",
            valueName: "percent"
        )
    )
    var size = 100

    @Option(help: ArgumentHelp("What chance begins with: the same seed makes the same files.", valueName: "number"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Write the figures as JSON as well; - is standard output.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("The program to measure. Default: rota beside rota-bench.", valueName: "file"))
    var rota: String?

    @Option(
        help: ArgumentHelp(
            "Where the temporary folders are made; on the disk that is to be measured.",
            valueName: "folder"
        )
    )
    var directory = "/var/tmp"

    func validate() throws {
        guard (1...10_000).contains(size) else { throw ValidationError("--size is a percentage from 1 to 10000.") }
    }

    /// Measures rows, prints the table, and writes what was asked for.
    func report(on rows: [any Measurement.Type]) async throws {
        try Cleanup.onInterruption()
        let bench = Bench(rota: try rota ?? Bench.rotaBesideUs(), directory: directory, seed: seed, size: size)
        try bench.check()
        var findings: [Finding] = []
        for row in rows {
            Terminal.say("\(row.number): \(row.summary) ...")
            let load = Machine.load()
            do {
                findings += try await row.init().measure(bench).map { $0.under(load: load) }
            } catch {
                Cleanup.now()
                throw error
            }
        }
        let report = Report(machine: Machine.description(), bench: bench, findings: findings)
        if json != "-" { Terminal.print(report.table) }
        if let json { try report.write(to: json) }
    }
}
