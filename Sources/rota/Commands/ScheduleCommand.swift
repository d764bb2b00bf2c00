import ArgumentParser
import Core
import Host

/// `rota schedule`: looks at schedules.
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Compare schedules, and resume those that a jump of the clock has halted.",
        discussion: """
            Example:
              rota schedule diff sales_daily dags/sales_daily.yaml
            """,
        subcommands: [Diff.self, Resume.self]
    )

    /// `rota schedule diff`.
    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say which runs vanish and which appear when one DAG file takes the place of another.",
            discussion: """
                A file is read as it is; for a DAG's id the server is asked for the version
                in force. Lines with - are runs that vanish, lines with + runs that appear,
                on the clocks of the zone of their schedule. Catch-up, overlap and calendars
                play no part. The exit code is 1 if there is any difference, and 2 if a file
                is not valid.

                Examples:
                  rota schedule diff sales_daily dags/sales_daily.yaml
                  rota schedule diff old/sales.yaml new/sales.yaml --days 365
                """
        )

        @OptionGroup var server: ServerOptions
        @Argument(help: ArgumentHelp("A DAG file, or a DAG's id.", valueName: "old")) var old: String
        @Argument(help: ArgumentHelp("A DAG file, or a DAG's id.", valueName: "new")) var new: String
        @Option(help: ArgumentHelp("How far to look ahead.", valueName: "n")) var days = 30
        @Option(help: ArgumentHelp("From when on; by default from now.", valueName: "instant")) var from: String?

        func validate() throws {
            guard (1...36_600).contains(days) else {
                throw ValidationError("--days is \(days), but must be from 1 to 36600.")
            }
            guard from.map({ Timestamp(rfc3339: $0) != nil }) ?? true else {
                throw ValidationError("--from is '\(from ?? "")', but must be an instant such as 2026-08-21T04:30:00Z.")
            }
        }

        func run() async throws {
            let (left, right) = (try await DAGSubject(old).dag(server), try await DAGSubject(new).dag(server))
            let start = from.flatMap { Timestamp(rfc3339: $0) } ?? WallClock.now()
            let end = start + .seconds(86_400 * days)
            let (before, after) = (left.schedule, right.schedule)
            guard let difference = ScheduleDifference(from: before, to: after, after: start, through: end) else {
                throw ServerFailure.settings(
                    "One of the schedules has more than a million runs in \(days) days. Look at fewer with --days."
                )
            }
            if server.json {
                Terminal.output.line(json(difference, before, after, start, end).description)
            } else {
                show(difference, before, after)
            }
            guard difference.isEmpty else { throw SilentExit(status: .failed) }
        }

        private func show(_ difference: ScheduleDifference, _ before: Schedule?, _ after: Schedule?) {
            var lines = difference.vanished.map { (instant: $0, sign: "-", zone: before?.timetable.zone) }
            lines += difference.appeared.map { (instant: $0, sign: "+", zone: after?.timetable.zone) }
            lines.sort { ($0.instant, $0.sign) < ($1.instant, $1.sign) }
            for line in lines {
                let zone = line.zone ?? .utc
                Terminal.output.line("\(line.sign) \(Words.instant(line.instant, in: zone)) \(zone.name)")
            }
            Terminal.messages.line(
                "In \(days == 1 ? "1 day" : "\(days) days") \(difference.vanished.count) vanish, \(difference.appeared.count) appear and "
                    + "\(difference.kept) stay."
            )
        }

        private func json(
            _ difference: ScheduleDifference,
            _ before: Schedule?,
            _ after: Schedule?,
            _ start: Timestamp,
            _ end: Timestamp
        ) -> JSONValue {
            func list(_ instants: [Timestamp], _ schedule: Schedule?) -> JSONValue {
                .array(instants.map { .string($0.rfc3339(in: schedule?.timetable.zone ?? .utc)) })
            }
            return .object([
                "old": .string(old), "new": .string(new), "from": .string(start.rfc3339), "to": .string(end.rfc3339),
                "vanished": list(difference.vanished, before), "appeared": list(difference.appeared, after),
                "kept": .number("\(difference.kept)"),
            ])
        }
    }

    /// `rota schedule resume`.
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let schedules be decided again after the database's clock jumped forward.",
            discussion: """
                A jump by more than 24 hours halts all schedules, since it may be a mistake. Look
                at the clock of the database's host first; what passed meanwhile is then caught
                up with, by each schedule's own policy.

                Example:
                  rota schedule resume
                """
        )

        @OptionGroup var server: ServerOptions

        func run() async throws {
            let answer = try await server.client().post(ServerClient.Route("schedule", "resume"))
            guard !server.json else { return server.printJSON(answer) }
            Terminal.messages.line("Schedules are decided again.")
        }
    }
}
