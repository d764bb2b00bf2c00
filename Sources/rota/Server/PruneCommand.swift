import ArgumentParser
import Core
import Glibc
import Host
import Scheduler
import Settings
import Store

/// `rota db prune`: removes what is older than retention allows.
struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove history that is older than retention allows; runs that have not ended stay.",
        discussion: """
            Servers do this by themselves every hour, by `retention` in rota.yaml. This
            does it now. A duration such as 30d, or forever, goes before the file.

            Examples:
              rota db prune --dry-run
              rota db prune --history 30d --logs 7d
            """
    )

    @OptionGroup var place: DatabaseCommand.Place

    @Option(
        help: ArgumentHelp(
            "The settings to take retention from. Default: rota.yaml in the data directory.",
            valueName: "file"
        )
    )
    var config: String?

    @Option(help: ArgumentHelp("How long runs and the ledger are kept.", valueName: "span"))
    var history: Span?

    @Option(help: ArgumentHelp("How long logs are kept.", valueName: "span"))
    var logs: Span?

    @Option(help: ArgumentHelp("How long folders of runs are kept on their runners.", valueName: "span"))
    var runFolders: Span?

    @Flag(help: "Only say what would be removed.")
    var dryRun = false

    /// A length of time, or for ever.
    struct Span: ExpressibleByArgument, Hashable, Sendable {
        var duration: Duration?

        init?(argument: String) {
            guard argument != "forever" else { return }
            guard let value = DurationText.parse(argument) else { return nil }
            duration = value
        }
    }

    func run() async throws {
        var retention = try place.settings(named: config).retention
        if let history { retention.history = history.duration }
        if let logs { retention.logs = logs.duration }
        if let runFolders { retention.runFolders = runFolders.duration }
        let wish = retention
        guard !dryRun else {
            let (amounts, cutoffs) = try await place.withStore { store in
                let cutoffs = try await store.cutoffs(of: wish)
                return (try await store.oldAmounts(cutoffs), cutoffs)
            }
            return report(amounts, before: cutoffs)
        }
        let isJSON = place.json
        let (amounts, cutoffs) = try await place.withStore { store in
            let holder = "prune-\(HostName.current())-\(getpid()):\(getpid())"
            let cutoffs = try await store.cutoffs(of: wish)
            let amounts = try await Pruner(store: store, holder: holder).prune(wish) { gone in
                guard !isJSON, Terminal.messages.isInteractive else { return }
                Terminal.messages.write("\r  \(gone.runs) runs, \(gone.attempts) attempts, \(gone.ticks) ticks … ")
            }
            if !isJSON, Terminal.messages.isInteractive { Terminal.messages.line() }
            return (amounts, cutoffs)
        }
        guard let amounts else { throw ServerFailure.pruning }
        report(amounts, before: cutoffs)
    }

    private func report(_ amounts: PrunedAmounts, before cutoffs: Retention.Cutoffs) {
        guard !place.json else {
            let document = JSONValue.object([
                "dry_run": .boolean(dryRun), "runs": .number("\(amounts.runs)"), "tasks": .number("\(amounts.tasks)"),
                "attempts": .number("\(amounts.attempts)"), "log_bytes": .number("\(amounts.logBytes)"),
                "ticks": .number("\(amounts.ticks)"),
                "runs_before": cutoffs.history.map { .string($0.rfc3339) } ?? .null,
                "logs_before": cutoffs.logs.map { .string($0.rfc3339) } ?? .null,
            ])
            return Terminal.output.line(document.description)
        }
        let verb = dryRun ? "Would remove" : "Removed"
        if let logs = cutoffs.logs, logs != cutoffs.history {
            Terminal.output.line("Logs of attempts that ended before \(Words.instant(logs)).")
        }
        guard let history = cutoffs.history else {
            Terminal.output.line("History is kept for ever.")
            guard cutoffs.logs != nil else { return }
            return Terminal.output.line("\(verb) \(amounts.logBytes) bytes of logs.")
        }
        Terminal.output.line("Runs that ended before \(Words.instant(history)):")
        Terminal.output.line(
            "\(verb) \(Words.count(amounts.runs, "run")) with \(Words.count(amounts.tasks, "task")), "
                + "\(Words.count(amounts.attempts, "attempt")), \(amounts.logBytes) bytes of logs, "
                + "\(Words.count(amounts.ticks, "tick")) of the ledger."
        )
    }
}
