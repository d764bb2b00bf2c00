import ArgumentParser
import Core
import Crontab
import Zones

/// `rota import`: from other schedulers to DAG files.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make DAG files of what another scheduler runs.",
        discussion: """
            Examples:
              crontab -l | rota import crontab - --out imported/
            """,
        subcommands: [FromCrontab.self]
    )

    /// `rota import crontab`.
    struct FromCrontab: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "crontab",
            abstract: "Make a DAG file of each job of a crontab.",
            discussion: """
                Takes files, - for standard input, and crontabs of other hosts. Each job
                becomes a file that validates, or is listed with the reason why not. No
                file that is there is overwritten without --force. The exit code is 1 if
                a job was not taken over.

                Files in a DAG folder are in force at once: import into another folder,
                look at them, and move each as its line leaves the crontab. With --shadow
                they get `shadow: true`, to note when they would run and run nothing.

                Examples:
                  crontab -l | rota import crontab - --out imported/
                  rota import crontab /etc/crontab /etc/cron.d/* --dry-run
                  rota import crontab --host ops@db1 --out imported/
                """
        )

        @Argument(help: ArgumentHelp("Crontabs; - for standard input.", valueName: "file"))
        var files: [String] = []

        @Option(help: ArgumentHelp("A host whose crontab is fetched by ssh.", valueName: "[user@]host"))
        var host: [String] = []

        @Option(help: ArgumentHelp("The folder for the DAG files.", valueName: "folder"))
        var out = "dags"

        @Option(help: ArgumentHelp("The crontabs' zone; by default that of their host.", valueName: "zone"))
        var timezone: String?

        @Option(help: ArgumentHelp("The runner for the jobs; with --host named like the host.", valueName: "name"))
        var runner: String?

        @Flag(help: "Write DAGs that note their times and run nothing.")
        var shadow = false

        @Flag(inversion: .prefixedNo, help: "Lines name users, as in /etc/crontab; found out by itself.")
        var system: Bool?

        @Flag(help: "Overwrite files that are there.")
        var force = false

        @Flag(help: "Show what would be written, and write nothing.")
        var dryRun = false

        @Flag(help: "Print one JSON document.")
        var json = false

        func validate() throws {
            if files.isEmpty, host.isEmpty {
                throw ValidationError(
                    "Name a crontab: a file such as /etc/crontab, - for standard input, or --host [user@]host."
                )
            }
            if files.count(where: { $0 == "-" }) > 1 {
                throw ValidationError("- stands for standard input, which can be read only once.")
            }
            if out.isEmpty { throw ValidationError("--out is empty; name the folder for the DAG files.") }
        }

        func run() async throws {
            var sources: [CrontabInput] = []
            for file in files {
                sources.append(try CrontabInput.local(file, hasUsers: system, timezone: timezone, runner: runner))
            }
            for host in host {
                sources.append(
                    try await CrontabInput.remote(host, hasUsers: system, timezone: timezone, runner: runner)
                )
            }
            let zones = ZoneDatabase()
            // An unknown zone would make every job a mistake of its own.
            for source in sources { try Self.check(source.timezone, zones) }
            var folder = ImportFolder(path: out, overwrites: force, isDry: dryRun)
            var report = ImportReport(folder: folder, isShadow: shadow)
            var crontabs = CrontabImport()
            for source in sources {
                let crontab = source.crontab
                let result = crontabs.take(crontab, from: source.description(isShadow: shadow))
                report.add(result, of: source, dags: try result.dags.map { try folder.take($0, zones) })
            }
            if json { Terminal.output.line(report.json.description) } else { report.print() }
            guard report.isComplete else { throw SilentExit(status: .failed) }
        }

        private static func check(_ zone: String, _ zones: ZoneDatabase) throws(ImportFailure) {
            do throws(ZoneError) {
                _ = try zones.rules(for: zone)
            } catch {
                throw .badZone(error.description)
            }
        }
    }
}
