import ArgumentParser
import Core
import Zones

/// `rota cron`: answers about cron expressions, without a server.
struct CronCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cron",
        abstract: "Ask when a cron expression runs, and what it means.",
        discussion: """
            With --jsonl, cases {"expr","tz","start","count"} are read from standard
            input, one a line, and each line is answered with a line of JSON. What a
            case leaves out is as --timezone, --from and --count say. The exit code
            is 2 if every line has a mistake.

            Examples:
              rota cron next "30 4 * * MON-FRI" --timezone Europe/Berlin
              rota cron prev "@daily" --from 2026-03-29T12:00:00Z --count 3
              rota cron describe "0 9 * * MON#1"
              rota cron check "*/7 * * * *" --json
            """,
        subcommands: [Next.self, Previous.self, Describe.self, Check.self]
    )

    /// `rota cron next`.
    struct Next: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the next runs.")

        @OptionGroup var question: CronOptions

        func run() throws { try question.answer(.next) }
    }

    /// `rota cron prev`.
    struct Previous: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "prev", abstract: "Print the runs before.")

        @OptionGroup var question: CronOptions

        func run() throws { try question.answer(.previous) }
    }

    /// `rota cron describe`.
    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say in plain English when it runs.")

        @OptionGroup var question: CronOptions

        func run() throws { try question.answer(.describe) }
    }

    /// `rota cron check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say whether it is valid, and what may mislead.")

        @OptionGroup var question: CronOptions

        func run() throws { try question.answer(.check) }
    }
}

/// What all questions about cron expressions take.
struct CronOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The expression, in quotes; not with --jsonl.", valueName: "expr"))
    var expression: String?

    @Option(help: ArgumentHelp("The zone whose clocks count, such as Europe/Berlin.", valueName: "zone"))
    var timezone = "UTC"

    @Option(help: ArgumentHelp("The instant to start from; now, unless given.", valueName: "time"))
    var from: String?

    @Option(help: ArgumentHelp("How many runs.", valueName: "n"))
    var count = 5

    @Flag(help: "Print one JSON document.")
    var json = false

    @Flag(help: "Answer cases from standard input, one JSON document a line.")
    var jsonl = false

    func validate() throws {
        guard (1...CronQuestion.mostRuns).contains(count) else {
            throw ValidationError("--count is \(count), but must be from 1 to \(CronQuestion.mostRuns).")
        }
        if jsonl, expression != nil {
            throw ValidationError(
                "With --jsonl the expressions come from standard input; leave '\(expression ?? "")' out."
            )
        }
        if !jsonl, expression == nil {
            throw ValidationError("Missing the expression, such as \"30 4 * * *\" (in quotes).")
        }
    }

    /// Answers a question, or one for each line of standard input.
    func answer(_ kind: CronQuestion.Kind) throws {
        let zones = ZoneDatabase()
        guard !jsonl else { return try answerLines(kind, zones) }
        let question = CronQuestion(
            kind: kind,
            expression: expression ?? "",
            timezone: timezone,
            from: from,
            count: count
        )
        do {
            let answer = try question.answer(zones)
            if json { Terminal.output.line(answer.json.description) } else { answer.print() }
        } catch {
            guard json else { throw error }
            Terminal.output.line(error.json.description)
            throw SilentExit(status: error.status)
        }
    }

    private func answerLines(_ kind: CronQuestion.Kind, _ zones: ZoneDatabase) throws {
        var (answered, failed) = (0, 0)
        while let line = readLine() {
            let usual = CronQuestion(kind: kind, expression: "", timezone: timezone, from: from, count: count)
            do throws(CronQuestionError) {
                let question = try CronQuestion(parsing: line, usual: usual)
                Terminal.output.line(try question.answer(zones).json.description)
                answered += 1
            } catch {
                Terminal.output.line(error.json.description)
                failed += 1
            }
        }
        if answered == 0, failed > 0 { throw SilentExit(status: .misuse) }
    }
}
